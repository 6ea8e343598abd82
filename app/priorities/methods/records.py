"""Turn an evaluation into plain values for JSON, CSV and pages; decides nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from app.priorities.methods.clauses import IN, OUT, UNKNOWN, ClauseOutcome, Numbers
from app.priorities.methods.conditions import (
    AllOf,
    AnyOf,
    Clause,
    Codes,
    Condition,
    CountOf,
    Not,
    Rule,
)
from app.priorities.methods.evaluate import Evaluation
from app.priorities.methods.groups import Groups
from app.priorities.methods.perturb import Stability

_MET: Mapping[int, bool | None] = {0: False, UNKNOWN: None, IN: True}
#: what an index measures, as people say it
MEASURES = {
    "imd": "Overall deprivation", "income": "Income", "employment": "Employment", "education": "Education",
    "health": "Health", "crime": "Crime", "barriers": "Barriers to housing", "living": "Living environment",
}  # fmt: skip
_VERBS = {"rank": "ranked", "score": "scored"}
_OLD_WORDS = re.compile(
    rf"\b(?:{'|'.join(MEASURES)})(?:@[\w-]+)?"
    r"(?= (?:in the (?:most deprived|worst) \d|with (?:rank|score|percentile|decile) at ))"
)
_ORDINARY = {"percentile": "most deprived {0}%", "decile": "most deprived {0} tenths"}


def area_records(
    evaluation: Evaluation, names: Mapping[str, str], shaken: Stability | None = None
) -> list[dict[str, object]]:
    """Give each area with its outcome, clauses, steps and smallest change, in the order of codes.

    Missing numbers are None. `names` gives what is known of the areas' names; `shaken`, over the same
    areas, the share of draws in which each is selected, to the nearest 0.05.
    """
    truth = evaluation.truth
    columns = zip(
        evaluation.codes.tolist(),
        (truth == IN).tolist(),
        (truth == UNKNOWN).tolist(),
        _clause_records(evaluation),
        _all_steps(evaluation),
        _change_records(evaluation),
        _numbers(evaluation.rank),
        _numbers(evaluation.decile),
        strict=True,
    )
    areas: list[dict[str, object]] = [
        {
            "code": code, "name": names.get(code), "selected": selected, "cannot_tell": cannot_tell,
            "clauses": clauses, "steps": steps, "smallest_change": change, "rank": rank,
            "decile": decile, "stability": None, "contested": None,
        }
        for code, selected, cannot_tell, clauses, steps, change, rank, decile in columns
    ]  # fmt: skip
    if shaken is not None:
        told = np.flatnonzero(~np.isnan(shaken.share))
        for place in told.tolist():
            areas[place]["stability"] = _number(shaken.rounded[place])
            areas[place]["contested"] = bool(shaken.contested[place])
    return areas


def summarise(evaluation: Evaluation, people: pd.Series, people_source: str) -> dict[str, object]:
    """Count areas and people, selected, in doubt and in all.

    `people` : index code; a sum over areas of which one has no figure is None, never a part sum.
    """
    here = people.reindex(evaluation.codes)
    return {
        "areas_selected": int(evaluation.selected.sum()),
        "areas_cannot_tell": int(evaluation.cannot_tell.sum()),
        "areas_total": len(evaluation.codes),
        "people_selected": sum_people(here[evaluation.selected]),
        "people_cannot_tell": sum_people(here[evaluation.cannot_tell]),
        "people_total": sum_people(here),
        "people_source": people_source,
    }


def group_records(groups: Groups) -> list[dict[str, object]]:
    """Give each priority neighbourhood with its number, name, people, areas and codes."""
    return [
        {
            "number": int(str(number)),
            "name": row["name"],
            "wards": list(row["wards"]),
            "ward_code": row["ward_code"],
            "people": None if pd.isna(row["people"]) else int(row["people"]),
            "areas": int(row["areas"]),
            "middle_rank": _number(float(row["middle_rank"])),
            "codes": list(row["codes"]),
            "note": row["note"],
        }
        for number, row in groups.groups.iterrows()
    ]


def sum_people(people: pd.Series) -> int | None:
    """Add people up; None if any is missing."""
    return None if people.isna().any() else int(people.sum())


def describe_rule(rule: Rule, country: str = "England") -> str:
    """Say a rule in a sentence's words, for pages and papers; `country` is what national means."""
    said = _describe(rule.condition, country, outer=True)
    for step in rule.steps:
        if step.kind == "add_ringed":
            said += "; then areas ringed by selected ones are added"
        else:
            verb = "added" if step.kind == "add" else "taken out"
            count = len(step.codes)
            said += f"; then {count} named area{'s' if count > 1 else ''} {verb} ({step.because})"
    return said


def _describe(condition: Condition, country: str, outer: bool = False) -> str:
    if isinstance(condition, Clause):
        return f"{_describe_comparison(condition, country)} on {measure_words(condition.label)}"
    if isinstance(condition, CountOf):
        first = condition.clauses[0]
        names = ", ".join(measure_words(clause.label) for clause in condition.clauses)
        return (
            f"{_describe_comparison(first, country)} on at least {condition.at_least_n} of {names}"
        )
    if isinstance(condition, Codes):
        return f"one of {len(condition.codes)} named areas ({condition.because})"
    if isinstance(condition, Not):
        return f"not ({_describe(condition.part, country, outer=True)})"
    word = " or " if isinstance(condition, AnyOf) else " and "
    assert isinstance(condition, AnyOf | AllOf)
    said = word.join(_describe(part, country) for part in condition.parts)
    return said if outer or len(condition.parts) == 1 else f"({said})"


def measure_words(label: str) -> str:
    """Write a measure as a rule names it in words: "overall deprivation", of another edition "income (imd-2015)"."""
    measure, mark, edition = label.partition("@")
    if measure not in MEASURES:
        return label
    words = MEASURES[measure].lower()
    return f"{words} ({edition})" if mark else words


def kept_words(said: str) -> str:
    """Write a rule that was kept in the words of before ("imd in the most deprived 10%") as people say it."""
    return _OLD_WORDS.sub(lambda found: measure_words(found[0]), said)


def _describe_comparison(clause: Clause, country: str) -> str:
    where = f"of {country}" if clause.scope == "national" else "of this partnership"
    if clause.comparison == "at_most" and clause.statistic in _ORDINARY:
        said = _ORDINARY[clause.statistic].format(clause.threshold).replace(" 1 tenths", " tenth")
        if clause.indicator:  # what is worst by an indicator need not be deprived
            said = said.replace("most deprived", "worst")
        return f"in the {said} {where}"
    words = "at most" if clause.comparison == "at_most" else "at least"
    scope = "" if clause.statistic == "score" else f" {where}"
    verb = _VERBS.get(clause.statistic, f"with {clause.statistic.replace('_', ' ')}")
    return f"{verb} {words} {clause.threshold:,}{scope}"


def _clause_records(evaluation: Evaluation) -> list[list[dict[str, object]]]:
    """Give each area's clauses, made column by column: all of England has a hundred thousand of them."""
    by_clause = [_records_of_clause(outcome) for outcome in evaluation.clauses]
    if not by_clause:
        return [[] for _ in evaluation.codes]
    return [list(clauses) for clauses in zip(*by_clause, strict=True)]


def _records_of_clause(outcome: ClauseOutcome) -> list[dict[str, object]]:
    clause = outcome.clause
    said: dict[str, object] = {
        "measure": clause.label,
        "statistic": clause.statistic,
        "scope": clause.scope,
        clause.comparison: clause.threshold,
        "value": None,
        "threshold": clause.threshold,
        "margin": None,
        "met": None,
    }
    records = [
        {**said, "value": value, "margin": margin, "met": _MET[met]}
        for value, margin, met in zip(
            _numbers(outcome.value), _numbers(outcome.margin), outcome.met.tolist(), strict=True
        )
    ]
    if outcome.highest_rank:
        for record, rank in zip(records, _numbers(outcome.own), strict=True):
            record["rank"] = rank
            record["ranked"] = outcome.highest_rank
    for record, margin in zip(records, _numbers(outcome.score_margin), strict=True):
        if margin is not None:
            record["score_margin"] = margin
    for place, (kind, codes) in outcome.sources.items():
        records[place]["rebased"] = {"edition": clause.edition, "link": kind, "from": list(codes)}
    for place, reason in outcome.reasons.items():
        records[place]["reason"] = reason
    return records


def _all_steps(evaluation: Evaluation) -> list[list[dict[str, object]]]:
    """Give each area's steps; most areas have none, and those that no step concerns are not looked at."""
    concerned = evaluation.by_rule != OUT
    for outcome in evaluation.steps:
        concerned |= outcome.put_in | outcome.taken_out | outcome.in_doubt
    found: list[list[dict[str, object]]] = [[] for _ in evaluation.codes]
    for place in np.flatnonzero(concerned).tolist():
        found[place] = list(_step_records(evaluation, place, str(evaluation.codes[place])))
    return found


def _step_records(evaluation: Evaluation, place: int, code: str) -> Iterator[dict[str, object]]:
    """Say which step put the area where it is: the rule is step 0, then the others by number."""
    if evaluation.by_rule[place] == IN:
        because = "; ".join(evaluation.listed.get(code, ()))
        yield {"step": 0, "by": "rule", "effect": "selected", "because": because}
    elif evaluation.by_rule[place] == UNKNOWN:
        yield {"step": 0, "by": "rule", "effect": "cannot tell", "because": "a value is missing"}
    for number, outcome in enumerate(evaluation.steps, start=1):
        by, because = outcome.step.kind, outcome.step.because
        if outcome.put_in[place]:
            if by == "add_ringed":
                because = "every area that it touches is selected"
            yield {"step": number, "by": by, "effect": "selected", "because": because}
        elif outcome.taken_out[place]:
            yield {"step": number, "by": by, "effect": "taken out", "because": because}
        elif outcome.in_doubt[place]:
            because = "whether every area that it touches is selected cannot be told"
            yield {"step": number, "by": by, "effect": "cannot tell", "because": because}


def _change_records(evaluation: Evaluation) -> list[dict[str, object] | None]:
    changes = evaluation.changes
    said = [
        {
            "measure": clause.label,
            "of": "score" if clause.statistic == "score" else "rank",
            "scope": clause.scope,
        }
        for clause in changes.clauses
    ]
    rows = zip(
        changes.clause.tolist(), _numbers(changes.start), _numbers(changes.end),
        _numbers(changes.end - changes.start), strict=True,
    )  # fmt: skip
    return [
        None if which < 0 else {**said[which], "from": start, "to": end, "change": change}
        for which, start, end, change in rows
    ]


def _numbers(values: Numbers) -> list[int | float | None]:
    """Give a column of numbers as `_number` gives one."""
    known = ~np.isnan(values)
    whole = known & (np.floor(values) == values)
    if whole.all():
        return values.astype(np.int64).tolist()
    if not known.any():
        return [None] * len(values)
    rounded = np.round(values, 6).tolist()
    return [
        None if not is_known else int(value) if is_whole else value
        for value, is_known, is_whole in zip(rounded, known.tolist(), whole.tolist(), strict=True)
    ]


def _number(value: float) -> int | float | None:
    """Give a whole number as one, others to six places (float noise is no information)."""
    value = float(value)
    if math.isnan(value):
        return None
    return int(value) if value.is_integer() else round(value, 6)
