"""What the API takes of a programme's own record."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, field_validator

from app.resources.methods.programme_record import (
    LONGEST_TITLE,
    LONGEST_WORDS,
    MOST_ROWS,
    WHOLE_PARTNERSHIP,
    AllocationSaid,
    PlaceSaid,
)


class EligibleGiven(BaseModel):
    """A place that a programme is for."""

    model_config = ConfigDict(extra="forbid")

    place: str = Field(max_length=200, description="a code, or a council's name")
    as_at: date | None = Field(default=None, description="the day that the code is said for")
    note: str | None = Field(default=None, max_length=LONGEST_WORDS)


class AllocationGiven(BaseModel):
    """An allocation: an envelope that lines draw on, never a line."""

    model_config = ConfigDict(extra="forbid")

    place: str = Field(default=WHOLE_PARTNERSHIP, max_length=200)
    year: str | None = Field(default=None, max_length=20, description="2001-02")
    period: str | None = Field(
        default=None, max_length=200, description="in words, where it is for several years together"
    )
    amount_pence: StrictInt = Field(ge=0, le=10**14)
    status: str = Field(default="awarded", max_length=20)
    derived: StrictBool = False
    basis: str | None = Field(default=None, max_length=LONGEST_WORDS)
    source: str | None = Field(default=None, max_length=LONGEST_WORDS)
    note: str | None = Field(default=None, max_length=LONGEST_WORDS)


class _Lists(BaseModel):
    model_config = ConfigDict(extra="forbid")

    eligible_areas: list[EligibleGiven | str] | None = Field(default=None, max_length=MOST_ROWS)
    allocations: list[AllocationGiven] | None = Field(default=None, max_length=MOST_ROWS)

    def as_plain(self) -> dict[str, Any]:
        """Give what was sent, as the record's own fields."""
        given = self.model_dump(exclude_unset=True, exclude={"eligible_areas", "allocations"})
        if self.eligible_areas is not None:
            given["areas"] = tuple(
                PlaceSaid(one) if isinstance(one, str) else PlaceSaid(one.place, one.as_at, one.note)
                for one in self.eligible_areas
            )  # fmt: skip
        if self.allocations is not None:
            given["allocations"] = tuple(
                AllocationSaid(words=one.place, **one.model_dump(exclude={"place"}))
                for one in self.allocations
            )
        return given


class NewProgramme(_Lists):
    """The body of `POST /programmes`: a partnership's own, or (administrators) a published one."""

    id: str | None = Field(
        default=None, max_length=80, pattern="^[a-z0-9][a-z0-9-]*$",
        description="default: made of the title; a partnership's own stands behind its slug and a dot",
    )  # fmt: skip
    title: str = Field(min_length=1, max_length=LONGEST_TITLE)
    funder: str = Field(min_length=1, max_length=LONGEST_TITLE)
    partnership: str | None = Field(default=None, max_length=120, description="whose own it is")
    theme: str | None = Field(default=None, max_length=LONGEST_TITLE)
    money_kind: str | None = Field(default=None, max_length=20, description="revenue or capital")
    estimate_basis: str = Field(default="population", max_length=40)
    period: str | None = Field(default=None, max_length=LONGEST_TITLE)
    first_year: str | None = Field(default=None, max_length=20)
    last_year: str | None = Field(default=None, max_length=20)


class ProgrammeChanges(_Lists):
    """The body of `PATCH /programmes/{id}`: only what is sent is changed; its id stays."""

    title: str | None = Field(default=None, min_length=1, max_length=LONGEST_TITLE)
    funder: str | None = Field(default=None, min_length=1, max_length=LONGEST_TITLE)
    theme: str | None = Field(default=None, max_length=LONGEST_TITLE)
    money_kind: str | None = Field(default=None, max_length=20)
    estimate_basis: str | None = Field(default=None, max_length=40)
    period: str | None = Field(default=None, max_length=LONGEST_TITLE)
    first_year: str | None = Field(default=None, max_length=20)
    last_year: str | None = Field(default=None, max_length=20)

    @field_validator("title", "funder", "estimate_basis", "eligible_areas", "allocations")
    @classmethod
    def _is_given(cls, value: object) -> object:
        """Refuse null where a programme always has a value: to leave it as it is, leave it out."""
        if value is None:
            raise ValueError("null is no value here; leave it out to keep what there is")
        return value
