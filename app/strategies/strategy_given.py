"""What is taken of a strategy, over HTTP and from a file alike: its whole words and why they are written."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Title = Annotated[str, Field(min_length=1, max_length=400)]
Text = Annotated[str, Field(max_length=8000)]
Ids = Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=200)]


class Objective(BaseModel):
    """One objective: what is to become true, of which theme, by which targets and actions."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    theme: Annotated[str, Field(max_length=80)] | None = None
    words: Text = ""
    targets: Ids = Field(default_factory=list)
    actions: Ids = Field(default_factory=list)


class Learning(BaseModel):
    """One thing to be learnt: by which organisation or role, until when."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    by: Annotated[str, Field(max_length=400)] | None = None
    due_on: date | None = None
    status: Annotated[str, Field(max_length=20)] = "planned"


class Plan(BaseModel):
    """A plan that stood before, what became of it, and the plan it is part of."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    owner: Annotated[str, Field(max_length=400)] | None = None
    part_of: Annotated[str, Field(max_length=400)] | None = None
    status: Annotated[str, Field(max_length=20)] = "kept"


class StrategyGiven(BaseModel):
    """The body of `PUT …/strategy`: the whole of the words, and whether everybody is to see them."""

    model_config = ConfigDict(extra="forbid")

    vision: Text = ""
    objectives: Annotated[list[Objective], Field(max_length=100)] = Field(default_factory=list)
    learning: Annotated[list[Learning], Field(max_length=200)] = Field(default_factory=list)
    plans: Annotated[list[Plan], Field(max_length=200)] = Field(default_factory=list)
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    publish: bool = False

    def words(self) -> dict[str, Any]:
        """Give the words as they are kept."""
        return self.model_dump(mode="json", include={"vision", "objectives", "learning", "plans"})
