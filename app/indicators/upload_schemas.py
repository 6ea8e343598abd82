"""Shape of the report on an uploaded table."""

from __future__ import annotations

from typing import Any

from app.indicators.uploading import ELSEWHERE, UploadReport


def upload_body(report: UploadReport) -> dict[str, Any]:
    """A report as plain values: counts, indicators, and every row refused, elsewhere or mended, with its rule."""
    return {
        "file": report.name, "area_set": report.area_set, "stored": report.stored,
        "rows": {
            "in": report.rows_in, "stored": report.rows_stored, "refused": report.rows_refused,
            "elsewhere": report.rows_elsewhere,
        },
        "areas": report.areas, "areas_total": report.areas_total,
        "indicators": {name: dict(told) for name, told in report.indicators.items()},
        "refused": [f._asdict() for f in report.faults if f.rule not in ELSEWHERE],
        "elsewhere": [f._asdict() for f in report.faults if f.rule in ELSEWHERE],
        "notes": [note._asdict() for note in report.notes],
    }  # fmt: skip
