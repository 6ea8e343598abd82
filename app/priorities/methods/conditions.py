"""The parts a rule for choosing priority areas is made of; reads and evaluates nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Statistic = Literal["percentile", "rank", "score", "decile", "hot_spot_p"]
Scope = Literal["national", "partnership"]
Comparison = Literal["at_most", "at_least"]

STATISTICS: tuple[Statistic, ...] = ("percentile", "rank", "score", "decile", "hot_spot_p")
SCOPES: tuple[Scope, ...] = ("national", "partnership")


@dataclass(frozen=True)
class KnownIndicator:
    """What a rule must know of an indicator that it names.

    ranked : how many areas have a rank (N of its percentiles), 0 where neither end is worse. whole : its
    ranks are national ones: it holds no part of the country alone, or they are the publisher's.
    """

    area_set: str
    ranked: int
    whole: bool = True


@dataclass(frozen=True)
class KnownIndex:
    """What a rule may name: the index asked, its measures, the other editions and the indicators held.

    `areas_total` is the national number of areas N; `editions` maps another index's id to its
    measures (`M@imd-2015` is sound only if that edition is held and has M). `area_set` names the
    areas that the index ranks: an indicator of others is named with its own (`cni-2023@lsoa-2021`).
    """

    id: str
    measures: tuple[str, ...]
    areas_total: int
    editions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    area_set: str = ""
    indicators: Mapping[str, KnownIndicator] = field(default_factory=dict)


@dataclass(frozen=True)
class Clause:
    """One comparison: a statistic of a measure in a scope against a threshold; equality is in.

    edition : another index whose measure it is; of an indicator the areas that its values are of.
    indicator : None, or for an indicator how its areas meet those asked: `same` or `carried`.
    """

    measure: str
    edition: str | None
    statistic: Statistic
    scope: Scope
    comparison: Comparison
    threshold: float
    pointer: str
    indicator: Literal["same", "carried"] | None = None

    @property
    def label(self) -> str:
        """The measure as the rule wrote it, with its edition if it is another one."""
        if self.edition is None or self.indicator == "same":
            return self.measure
        return f"{self.measure}@{self.edition}"

    @property
    def source(self) -> str | None:
        """What its values are looked up by beside the index: an edition's id, or an indicator with its areas."""
        return f"{self.measure}@{self.edition}" if self.indicator else self.edition


@dataclass(frozen=True)
class CountOf:
    """True where at least `at_least_n` of the clauses are met."""

    clauses: tuple[Clause, ...]
    at_least_n: int


@dataclass(frozen=True)
class Codes:
    """True for the listed areas; `because` says why they are listed."""

    codes: tuple[str, ...]
    because: str
    pointer: str


@dataclass(frozen=True)
class AnyOf:
    """True where one part is."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AllOf:
    """True where every part is."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """True where the part is false."""

    part: Condition


Condition = Clause | CountOf | Codes | AnyOf | AllOf | Not


@dataclass(frozen=True)
class Step:
    """What follows the rule: `add_ringed`, or `add` or `remove` with codes and a reason."""

    kind: Literal["add_ringed", "add", "remove"]
    codes: tuple[str, ...]
    because: str
    pointer: str


@dataclass(frozen=True)
class Rule:
    """A condition on every area, then steps in their order."""

    condition: Condition
    steps: tuple[Step, ...] = ()


def worst_percent(percent: int, measure: str = "imd") -> dict[str, object]:
    """Write the rule that `--worst 10` is short for: the most deprived percent by national rank."""
    return {
        "measure": measure,
        "statistic": "percentile",
        "scope": "national",
        "at_most": percent,
    }


def list_clauses(condition: Condition) -> list[Clause]:
    """List the clauses of a condition in the order in which the rule writes them."""
    if isinstance(condition, Clause):
        return [condition]
    if isinstance(condition, CountOf):
        return list(condition.clauses)
    if isinstance(condition, AnyOf | AllOf):
        return [clause for part in condition.parts for clause in list_clauses(part)]
    if isinstance(condition, Not):
        return list_clauses(condition.part)
    return []


def list_code_lists(rule: Rule) -> list[Codes | Step]:
    """List every place of a rule where areas are named by code."""

    def inside(condition: Condition) -> list[Codes | Step]:
        if isinstance(condition, Codes):
            return [condition]
        if isinstance(condition, AnyOf | AllOf):
            return [found for part in condition.parts for found in inside(part)]
        if isinstance(condition, Not):
            return inside(condition.part)
        return []

    return [*inside(rule.condition), *(step for step in rule.steps if step.codes)]
