"""What the API takes and sends of neighbourhoods, where it differs from what the methods give."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.neighbourhoods.methods.pasted import MOST_BLOCKS
from app.neighbourhoods.queries import Neighbourhood, Version

# A postcode with its blank, a code, and what parts them: the longest text that is a list at all.
LONGEST_LIST = 40 * MOST_BLOCKS
List = str | list[str] | None


class GroundGiven(BaseModel):
    """Ground said in one way: postcodes or codes (a list, or a text as it was pasted), or a geometry."""

    model_config = ConfigDict(extra="forbid")

    postcodes: List = Field(default=None, max_length=LONGEST_LIST)
    codes: List = Field(default=None, max_length=LONGEST_LIST)
    geometry: dict[str, Any] | None = None
    crs: str | None = Field(
        default=None, description="lon-lat by default; or British National Grid by its EPSG name"
    )
    as_at: date | None = Field(default=None, description="the day that codes are said for")

    @model_validator(mode="after")
    def _each_entry_is_short(self) -> GroundGiven:
        """Refuse entries that no code or postcode is as long as."""
        for given in (self.postcodes, self.codes):
            if isinstance(given, list) and any(len(one) > 200 for one in given):
                raise ValueError("an entry of the list is longer than 200 letters")
        return self

    @property
    def ways(self) -> list[str]:
        """Name the ways in which ground is said here."""
        return [way for way in ("postcodes", "codes", "geometry") if getattr(self, way) is not None]


class Question(GroundGiven):
    """The body of `POST /neighbourhoods/preview`."""

    partnership: str | None = Field(default=None, max_length=120)
    area_set: str | None = Field(default=None, max_length=40)


class NewNeighbourhood(GroundGiven):
    """The body of `POST /neighbourhoods`."""

    name: str | None = Field(default=None, max_length=400)
    partnership: str | None = Field(default=None, max_length=120)
    reason: str = Field(max_length=4_000)
    leave_out_unknown: bool = Field(
        default=False, description="keep the list without its unknown entries, which are told"
    )


class Changes(GroundGiven):
    """The body of `PATCH /neighbourhoods/{slug}`: a name, new ground with its reason, or both."""

    name: str | None = Field(default=None, max_length=400)
    reason: str | None = Field(default=None, max_length=4_000)
    leave_out_unknown: bool = False


class GrowQuestion(BaseModel):
    """What to grow: from the small areas that a rule selects, or (whole) by dividing the whole place."""

    model_config = ConfigDict(extra="forbid")

    index: str | None = Field(default=None, max_length=60)
    rule: dict[str, Any] | None = None
    worst: int | None = Field(default=None, ge=1, le=100)
    whole: bool = False
    size_in: Literal["households", "people"] = "households"
    at_least: int | float | None = Field(default=None, allow_inf_nan=False)
    at_most: int | float | None = Field(default=None, allow_inf_nan=False)


class GrowAnywhere(GrowQuestion):
    """The body of `POST /neighbourhoods/grow`: of a partnership, or of areas by code or name."""

    partnership: str | None = Field(default=None, max_length=120)
    areas: list[str] | None = Field(default=None, max_length=1_000)
    as_at: date | None = None


class GrowAndKeep(GrowQuestion):
    """The body of `POST /partnerships/{slug}/neighbourhoods`."""

    reason: str = Field(max_length=4_000)


def as_line(row: Neighbourhood) -> dict[str, Any]:
    """Write a neighbourhood as one line of a list."""
    return {
        "slug": row.slug,
        "name": row.name,
        "named_by": row.named_by,
        "partnership": row.partnership_slug,
        "kind": row.kind,
        "version": row.version,
        "made_at": row.made_at.isoformat(),
        "reason": row.reason,
        "demo": row.demo,
    }


def as_body(row: Neighbourhood, version: Version) -> dict[str, Any]:
    """Write a neighbourhood with the version it is at."""
    return {**as_line(row), "revision": row.revision, **version_body(version)}


def version_line(version: Version) -> dict[str, Any]:
    """Write a version as one line of a list: who made it, when and why, and how many people it had."""
    figures = version.figures
    return {
        "version": version.version,
        "author": version.author,
        "made_at": version.made_at.isoformat(),
        "reason": version.reason,
        "area_set": figures["area_set"],
        "small_areas": figures["small_areas"],
        "people": figures["people"]["value"],
        "households": figures["households"]["value"],
    }


def version_body(version: Version) -> dict[str, Any]:
    """Write a version whole: its figures are those of the day it was made, with what they rested on."""
    return {
        **version_line(version),
        "footprint": version.footprint_id,
        "block_codes": None if version.block_codes is None else list(version.block_codes),
        "block_set": version.area_set,
        "figures": version.figures,
        "inputs": version.inputs,
    }
