"""What the API takes of a statement of use: the words, who signs by role and organisation, and whether it is signed."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from app.statements.methods.words_said import LONGEST_ROLE, LONGEST_SECTION, MOST_SIGNATORIES


class Words(BaseModel):
    """What people write, a text a section; none is needed."""

    model_config = ConfigDict(extra="forbid")

    introduction: str | None = Field(default=None, max_length=LONGEST_SECTION)
    outcomes: str | None = Field(default=None, max_length=LONGEST_SECTION)
    unallocated: str | None = Field(
        default=None, max_length=LONGEST_SECTION, description="what the rest is kept for"
    )
    next: str | None = Field(default=None, max_length=LONGEST_SECTION, description="what is next")


class Signatory(BaseModel):
    """Who signs: a role in an organisation, never a person's name."""

    model_config = ConfigDict(extra="forbid")

    role: str = Field(min_length=1, max_length=LONGEST_ROLE)
    organisation: str = Field(min_length=1, max_length=LONGEST_ROLE)


class SignOff(BaseModel):
    """How it was agreed."""

    model_config = ConfigDict(extra="forbid")

    prepared_by_role: str | None = Field(default=None, max_length=LONGEST_ROLE)
    agreed_on: date | None = None
    signatories: list[Signatory] = Field(default_factory=list, max_length=MOST_SIGNATORIES)


class StatementGiven(BaseModel):
    """The body of `PUT /partnerships/{slug}/statement-of-use`: it replaces what was written before."""

    model_config = ConfigDict(extra="forbid")

    words: Words = Field(default_factory=Words)
    sign_off: SignOff = Field(default_factory=SignOff)
    sign: bool = Field(default=False, description="freeze it as it is now, figures and all")
    revise: bool = Field(
        default=False, description="of a signed statement: begin the next revision as a draft"
    )
