"""Progress as tables to take away: one row for each target and who is judged, and one for each period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.exports.sheets import Kind, Sheet

JUDGED: tuple[tuple[str, Kind], ...] = (
    ("target", "text"), ("title", "text"), ("theme", "text"), ("measure", "text"), ("unit", "text"), ("kind", "text"),
    ("code", "text"), ("name", "text"), ("status", "text"), ("period", "text"), ("figure", "number"),
    ("expected", "number"), ("threshold", "number"), ("baseline", "number"), ("baseline_period", "text"),
    ("due_period", "text"), ("reason", "text"), ("series", "text"), ("attribution", "text"),
)  # fmt: skip
PERIODS: tuple[tuple[str, Kind], ...] = (
    ("target", "text"), ("title", "text"), ("period", "text"), ("figure", "number"), ("expected", "number"),
    ("met", "whole"), ("on_track", "whole"), ("off_track", "whole"), ("cannot_tell", "whole"), ("why", "text"),
)  # fmt: skip
ACTIONS: tuple[tuple[str, Kind], ...] = (
    ("id", "text"), ("title", "text"), ("theme", "text"), ("owner", "text"), ("neighbourhoods", "text"),
    ("targets", "text"), ("programmes", "text"), ("lines", "text"), ("starts_on", "day"), ("due_on", "day"),
    ("status", "text"), ("overdue", "truth"), ("note", "text"),
)  # fmt: skip
_LISTS = ("neighbourhoods", "targets", "programmes", "lines")
_OWN = ("title", "theme", "measure", "unit", "kind", "baseline_period", "due_period")


def progress_sheets(body: Mapping[str, Any]) -> list[Sheet]:
    """Write a progress as tables: who stands how by each target, how each period stood, what was agreed."""
    targets = [*body["targets"], *body["national"]]
    return [
        Sheet("progress", "Targets and who is judged by them", JUDGED, _judged(targets)),
        Sheet("periods", "Targets period by period", PERIODS, _periods(targets)),
        Sheet(
            "actions",
            "What was agreed to be done",
            ACTIONS,
            [each | {name: " ".join(each[name]) for name in _LISTS} for each in body["actions"]],
        ),
    ]


def _judged(targets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for target in targets:
        series = target["series"] or {}
        own = {name: target[name] for name in _OWN} | {
            "target": target["id"], "period": target["period"], "series": series.get("indicator"),
            "attribution": series.get("attribution"),
        }  # fmt: skip
        if not target["subjects"]:  # nothing can be judged: the reason still stands in a row
            rows.append(own | {"status": target["status"], "reason": target["reason"]})
        fields = ("code", "name", "status", "figure", "expected", "threshold", "baseline", "reason")
        rows += [own | {name: each[name] for name in fields} for each in target["subjects"]]
    return rows


def _periods(targets: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"target": target["id"], "title": target["title"], "period": each["period"], "figure": each["figure"],
         "expected": each["expected"], "why": each["why"] or each["note"],
         **{word.replace(" ", "_"): number for word, number in each["counts"].items()}}
        for target in targets
        for each in target["by_period"]
    ]  # fmt: skip
