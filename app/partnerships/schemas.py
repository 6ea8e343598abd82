"""What the API takes: an alignment question, a partnership, changes to one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.partnerships.alignment import DEFAULT_TOLERANCE_M, MAX_CODES, MAX_TOLERANCE_M
from app.partnerships.methods.members import SECTORS


class Question(BaseModel):
    """The body of `POST /align`: codes or a geometry, never both."""

    model_config = ConfigDict(extra="forbid")

    codes: list[str] | None = Field(default=None, max_length=MAX_CODES)
    geometry: dict[str, Any] | None = None
    crs: str | None = Field(
        default=None, description="lon-lat by default; or British National Grid by its EPSG name"
    )
    as_at: date | None = None
    name: str | None = Field(default=None, max_length=200)
    tolerance_m: float = Field(
        default=DEFAULT_TOLERANCE_M, gt=0, le=MAX_TOLERANCE_M, allow_inf_nan=False
    )


class Member(BaseModel):
    """One member of a partnership: an organisation, or the role of a resident; never a person's contact."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    sector: str = Field(default="", max_length=80, description=", ".join(SECTORS))
    communities: list[Annotated[str, Field(max_length=80)]] = Field(
        default_factory=list,
        max_length=20,
        description="faith or ethnic communities it speaks for, where it wishes",
    )
    role: str | None = Field(default=None, max_length=120, description="chair, vice-chair, …")
    joined: date | None = None
    left: date | None = None


class NewPartnership(BaseModel):
    """The body of `POST /partnerships`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: str = Field(default="lsp", max_length=40)
    authorities: list[str] = Field(default_factory=list, max_length=MAX_CODES)
    geometry: dict[str, Any] | None = None
    crs: str | None = None
    members: list[Member] = Field(default_factory=list, max_length=500)
    lead: str | None = Field(default=None, max_length=200)
    valid_from: date | None = None
    valid_to: date | None = None


class Changes(BaseModel):
    """The body of `PATCH /partnerships/{slug}`: only what is sent is changed."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    kind: str | None = Field(default=None, max_length=40)
    authorities: list[str] | None = Field(default=None, max_length=MAX_CODES)
    members: list[Member] | None = Field(default=None, max_length=500)
    lead: str | None = Field(default=None, max_length=200)
    valid_from: date | None = None
    valid_to: date | None = None

    @field_validator("name", "kind", "authorities", "members")
    @classmethod
    def _is_given(cls, value: object) -> object:
        """Refuse null where a partnership always has a value: to leave it as it is, leave it out."""
        if value is None:
            raise ValueError("null is no value here; leave it out to keep what there is")
        return value
