"""A strategy and an accreditation as tables to take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.exports.sheets import Kind, Sheet

_OBJECTIVES: tuple[tuple[str, Kind], ...] = (
    ("title", "text"), ("theme", "text"), ("words", "text"), ("targets", "text"), ("actions", "text"),
)  # fmt: skip
_LEARNING: tuple[tuple[str, Kind], ...] = (
    ("title", "text"), ("by", "text"), ("due_on", "text"), ("status", "text"),
)  # fmt: skip
_PLANS: tuple[tuple[str, Kind], ...] = (
    ("title", "text"), ("owner", "text"), ("part_of", "text"), ("status", "text"),
)  # fmt: skip
_SIGNED: tuple[tuple[str, Kind], ...] = (
    ("member", "text"), ("sector", "text"), ("signed_on", "text"),
)  # fmt: skip
_EVIDENCE: tuple[tuple[str, Kind], ...] = (
    ("criterion", "text"), ("title", "text"), ("state", "text"), ("evidence", "text"), ("link", "text"),
    ("note", "text"), ("note_role", "text"), ("noted_on", "day"),
)  # fmt: skip


def strategy_sheets(body: Mapping[str, Any]) -> list[Sheet]:
    """Write a strategy as tables: objectives, learning plan, plans, and who signed it."""
    objectives = [
        each | {name: " ".join(each[name]) for name in ("targets", "actions")}
        for each in body["objectives"]
    ]
    return [
        Sheet("objectives", "Objectives by theme", _OBJECTIVES, objectives),
        Sheet("learning", "What is to be learnt", _LEARNING, body["learning"]),
        Sheet("plans", "Plans that it brings together", _PLANS, body["plans"]),
        Sheet("sign_offs", "Members and the day each signed", _SIGNED, body["sign_offs"]),
    ]


def accreditation_sheet(body: Mapping[str, Any]) -> Sheet:
    """Write an accreditation as one table: a row for each piece of evidence, the assessor's note beside each."""
    rows = [
        {"criterion": each["id"], "title": each["title"], "state": piece["state"], "evidence": piece["words"],
         "link": piece["link"], "note": (each["note"] or {}).get("words"),
         "note_role": (each["note"] or {}).get("role"), "noted_on": (each["note"] or {}).get("noted_on")}
        for each in body["criteria"]
        for piece in each["evidence"]
    ]  # fmt: skip
    return Sheet("accreditation", "Evidence by criterion", _EVIDENCE, rows)
