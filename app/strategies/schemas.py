"""What the API takes of targets."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.strategies.checking import Said

Words = Annotated[str, Field(max_length=400)]
Period = Annotated[str, Field(max_length=20, description="2025, 2025-26 or 2026-08")]
Figure = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]


# What a change may take away; null anywhere else says nothing.
_MAY_BE_NONE = ("theme", "indicator_id", "threshold", "reduction_share", "baseline_value", "source")


class Milestone(BaseModel):
    """One step of a stepped path: from this period on at least (or at most) this figure."""

    model_config = ConfigDict(extra="forbid")

    period: Period
    figure: Figure


class TargetFields(BaseModel):
    """Every field of a target; what is left out of a change stays as it is."""

    model_config = ConfigDict(extra="forbid")

    title: Words | None = None
    theme: Annotated[str, Field(max_length=80)] | None = None
    kind: (
        Annotated[str, Field(max_length=20, description="level, floor, ratio or tail-gap")] | None
    ) = None
    scope: (
        Annotated[str, Field(max_length=20, description="districts (each is judged) or whole")]
        | None
    ) = None
    indicator: Annotated[str, Field(max_length=120, description="id of the series")] | None = None
    measure: Words | None = None
    unit: Annotated[str, Field(max_length=80)] | None = None
    higher_is_worse: bool | None = None
    threshold: Figure | None = None
    reduction_share: Figure | None = None
    tail_share: Figure | None = None
    baseline_period: Period | None = None
    baseline_value: Figure | None = None
    due_period: Period | None = None
    path: Annotated[str, Field(max_length=20, description="linear or stepped")] | None = None
    milestones: Annotated[list[Milestone], Field(max_length=200)] | None = None
    source: Annotated[str, Field(max_length=2000)] | None = None
    is_record: bool | None = Field(
        default=None, description="a target of the past, kept as a record"
    )

    def changes(self) -> dict[str, Any]:
        """Give what was said, under the names of the checks."""
        given = self.model_dump(exclude_unset=True, exclude={"partnership"})
        if "indicator" in given:
            given["indicator_id"] = given.pop("indicator")
        if self.milestones is not None:
            given["milestones"] = [(each.period, each.figure) for each in self.milestones]
        return {k: v for k, v in given.items() if v is not None or k in _MAY_BE_NONE}


class NewTarget(TargetFields):
    """The body of `POST /targets`."""

    partnership: Annotated[str, Field(max_length=120)]
    title: Words
    kind: Annotated[str, Field(max_length=20)]
    baseline_period: Period
    due_period: Period

    def said(self) -> Said:
        """Give it as the checks read it; what is not said has its default."""
        given: dict[str, Any] = {
            "scope": "districts", "indicator_id": None, "measure": "", "unit": "", "higher_is_worse": None,
            "threshold": None, "reduction_share": None, "tail_share": 0.2, "baseline_value": None,
            "path": "linear", "milestones": (),
        }  # fmt: skip
        return Said(
            **{
                **given,
                **{name: value for name, value in self.changes().items() if value is not None},
            }
        )
