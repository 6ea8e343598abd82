"""What `POST /rehearsals` takes: the new unitaries and the councils, or parts of them, that each is made of."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.rehearsals.plans import MOST_CODES, MOST_NAME, MOST_UNITARIES


class ProposedUnitary(BaseModel):
    """One unitary that does not exist yet."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=MOST_NAME)
    councils: list[str] = Field(
        default_factory=list, max_length=MOST_CODES, description="codes or names; a county stands for its districts"
    )  # fmt: skip
    parts: list[str] = Field(
        default_factory=list, max_length=MOST_CODES,
        description="codes of wards, parishes or small areas taken out of another council",
    )  # fmt: skip


class RehearsalQuestion(BaseModel):
    """The body of `POST /rehearsals`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="This plan", min_length=1, max_length=MOST_NAME)
    day: date | None = Field(default=None, description="the day the unitaries would begin")
    as_at: date | None = Field(
        default=None, description="the day whose councils are grouped; default: today, or the eve of `day`"
    )  # fmt: skip
    stage: str = Field(
        default="awarded", max_length=40, description="whose lines of money: planned, awarded or paid; never added"
    )  # fmt: skip
    unitaries: list[ProposedUnitary] = Field(min_length=1, max_length=MOST_UNITARIES)
