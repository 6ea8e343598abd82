"""Shapes of priorities on the wire, where they differ from what the methods give."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.priorities.tables import Designation


class NewDesignation(BaseModel):
    """What to designate and keep."""

    model_config = ConfigDict(extra="forbid")

    index: str | None = Field(default=None, max_length=60, description="index id, e.g. imd-2019")
    rule: dict[str, Any] = Field(description="a rule in the rule language")
    name: str | None = Field(default=None, description="a name of your own, 200 characters")


def designation_body(
    row: Designation, newer_inputs: dict[str, object] | None = None
) -> dict[str, Any]:
    """Give a saved designation as it was on its day, and what newer inputs would change."""
    return {
        "id": row.id,
        "name": row.name,
        "partnership": row.partnership_slug,
        "created_at": row.created_at.isoformat(),
        "created_by": row.created_by,
        **{key: value for key, value in row.result.items() if key != "partnership"},
        "newer_inputs": newer_inputs,
    }


def designation_line(row: Designation) -> dict[str, Any]:
    """Give a saved designation as one line of a list."""
    return {
        "id": row.id,
        "name": row.name,
        "partnership": row.partnership_slug,
        "index": row.index_id,
        "rule": row.rule,
        "summary": row.result["summary"],
        "created_at": row.created_at.isoformat(),
    }
