"""The few words that papers and answers need beside app.findings.words."""

from __future__ import annotations


def percent(part: int | None, whole: int | None) -> float | None:
    """Give a share in per cent with two decimals; None where a figure is missing or the whole is 0."""
    if part is None or not whole:
        return None
    return round(100 * part / whole, 2)


def edition_name(index_id: str) -> str:
    """Shorten an index id for tables: "imd-2019" and "imd-2019-demo" are "IMD 2019"."""
    family, _, rest = index_id.partition("-")
    return f"{family.upper()} {rest.partition('-')[0]}".strip()


def first_of(names: list[str], most: int = 8) -> str:
    """Write some names with commas, and how many more there are beyond `most`."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
