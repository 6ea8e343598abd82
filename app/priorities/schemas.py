"""Shapes of priorities on the wire, where they differ from what the methods give."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.indicators.queries import DEFAULT_INDEX
from app.indicators.tables import OwnIndex
from app.priorities.cliff import MAX_SEED
from app.priorities.methods.perturb import MAX_DRAWS
from app.priorities.tables import Designation


class NewDesignation(BaseModel):
    """What to designate and keep."""

    model_config = ConfigDict(extra="forbid")

    index: str | None = Field(default=None, max_length=60, description="index id, e.g. imd-2019")
    rule: dict[str, Any] = Field(description="a rule in the rule language")
    name: str | None = Field(default=None, description="a name of your own, 200 characters")
    weights: dict[str, Any] | None = Field(
        default=None, description="weights of your own by domain; imd then means what they compose"
    )
    standardise: Any = Field(default=None, description="as of an index of your own")
    seed: int = Field(default=1, ge=0, le=MAX_SEED, description="of the perturbations")
    draws: int = Field(default=1000, ge=1, le=MAX_DRAWS)


class OwnIndexInput(BaseModel):
    """An index of one's own: weights over the domains of a published one."""

    model_config = ConfigDict(extra="forbid")

    index: str = Field(default=DEFAULT_INDEX, max_length=60, description="whose areas and domains")
    weights: Any = Field(description='by domain, as {"income": 0.5, "crime": 0.5}')
    standardise: Any = Field(
        default=None,
        description="exponential (default), rank, z-score or min-max; or one of them by domain",
    )


class ComposeInput(OwnIndexInput):
    """What to compose, and for which areas to give it; for all of them without a place."""

    areas: str | None = Field(
        default=None, max_length=400_000, description="codes or names with commas"
    )
    partnership: str | None = Field(default=None, max_length=120)


class NewOwnIndex(OwnIndexInput):
    """An index of one's own to keep."""

    title: str = Field(min_length=1, max_length=200)


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


def own_index_body(row: OwnIndex) -> dict[str, Any]:
    """Give a saved own index."""
    return {
        "id": row.id,
        "title": row.title,
        "index": row.index_id,
        "partnership": row.partnership_slug,
        **row.recipe,
        "created_at": row.created_at.isoformat(),
        "created_by": row.created_by,
    }
