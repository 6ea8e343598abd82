"""Read a rule for choosing priority areas from JSON and check every part of it; evaluates nothing.

The language: `any`, `all`, `not`, a clause on one measure, `count_of` several measures, `codes`
with a reason, and a wrapper whose `then` steps follow the rule in order.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NoReturn, TypeVar

from app.priorities.methods.conditions import (
    SCOPES,
    STATISTICS,
    AllOf,
    AnyOf,
    Clause,
    Codes,
    Comparison,
    Condition,
    CountOf,
    KnownIndex,
    Not,
    Rule,
    Scope,
    Statistic,
    Step,
)
from app.priorities.methods.measures import NamedMeasure, find_measure, why_not_ranked
from boundaries.errors import Fault, Invalid

# A rule comes from a URL or a small file: these bounds keep a hostile one cheap to refuse.
MAX_CHARACTERS = 400_000
MAX_DEPTH = 12
MAX_CLAUSES = 200
MAX_CODES = 35_000
MAX_STEPS = 50
MAX_REASON = 1_000
MAX_FAULTS = 100

_HIGHEST: Mapping[str, int] = {"percentile": 100, "decile": 10}
_FORMS = ("any", "all", "not", "measure", "count_of", "codes")
_COMPARISONS: tuple[Comparison, ...] = ("at_most", "at_least")
_STEPS: tuple[Literal["add_ringed", "add", "remove"], ...] = ("add_ringed", "add", "remove")
_RANGES: Mapping[str, tuple[int, int]] = {"score": (-(10**9), 10**9), "hot_spot_p": (0, 1)}
_LARGEST_RANK = 10**6
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_Word = TypeVar("_Word", bound=str)


class InvalidRule(Invalid):
    """A rule that is not in the rule language; `faults` names every place with a JSON pointer."""

    slug = "invalid-rule"
    title = "The rule cannot be read"


class UnknownMeasure(Invalid):
    """A rule that asks for measures the index does not have, and is otherwise sound."""

    slug = "unknown-measure"
    title = "No such measure"


def parse_rule_text(text: str, known: KnownIndex) -> Rule:
    """Read a rule from JSON text (see `parse_rule`).

    Raises
    ------
    InvalidRule : text too long, not JSON, nested too deeply to read, a key given twice, NaN.
    """
    return parse_rule(read_rule_text(text), known)


def read_rule_text(text: str, what: str = "rule") -> object:
    """Turn JSON text into plain values, refusing what JSON readers let pass: NaN and doubled keys.

    `what` is what the text is called in a refusal.

    Raises
    ------
    InvalidRule : as for `parse_rule_text`.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidRule(
            f"A {what} may have {MAX_CHARACTERS:,} characters; this has {len(text):,}."
        )
    try:
        return json.loads(text, object_pairs_hook=_single_keys, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        detail = f"The {what} is not JSON: {error.msg} at character {error.pos + 1}."
        raise InvalidRule(detail, [Fault(detail)]) from error
    except (RecursionError, ValueError) as error:
        # ValueError: whole numbers of thousands of digits, NaN, doubled keys.
        too_much = f"The {what} is nested too deeply, or holds a number too long, to be read."
        detail = str(error) if isinstance(error, _Unsound) else too_much
        raise InvalidRule(detail, [Fault(detail)]) from error


class _Unsound(ValueError):
    pass


def _single_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen: dict[str, object] = {}
    for key, value in pairs:
        if key in seen:
            raise _Unsound(f"The key {key[:60]!r} stands twice in one object.")
        seen[key] = value
    return seen


def _no_constant(name: str) -> NoReturn:
    raise _Unsound(f"{name} is not a number a rule can use.")


def parse_rule(value: object, known: KnownIndex) -> Rule:
    """Check a rule given as plain JSON values and make it a `Rule`.

    Parameters
    ----------
    value : what `json.loads` gives: a clause, `any`, `all`, `not`, `count_of`, `codes`, or the
        wrapper `{"rule": …, "then": […]}`.
    known : the index asked; a measure `M@edition` must be of an edition in `known.editions`.

    Raises
    ------
    InvalidRule : one or more faults, all listed, each with a JSON pointer.
    UnknownMeasure : the only faults are measures the index lacks; the detail lists those it has.
    """
    reader = _Reader(known)
    rule = reader.read(value)
    if reader.faults:
        detail = "; ".join(fault.detail for fault in reader.faults[:3])
        if len(reader.faults) > 3:
            detail += f"; and {len(reader.faults) - 3} more"
        kind = UnknownMeasure if reader.only_unknown_measures else InvalidRule
        raise kind(detail, reader.faults)
    return rule


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


class _Reader:
    """Walks one rule and gathers faults instead of stopping at the first."""

    _nothing = Codes((), "", "")

    def __init__(self, known: KnownIndex) -> None:
        self.known = known
        self.faults: list[Fault] = []
        self.only_unknown_measures = True
        self._clauses = 0
        self._codes = 0

    def read(self, value: object) -> Rule:
        if isinstance(value, dict) and "rule" in value:
            self._no_other_keys(value, ("rule", "then"), "")
            condition = self._condition(value["rule"], "/rule", 1)
            return Rule(condition, self._steps(value.get("then", []), "/then"))
        return Rule(self._condition(value, "", 1))

    def _fault(self, pointer: str, detail: str, value: object = "") -> None:
        self.only_unknown_measures = False
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(detail, pointer=pointer, value=str(value)[:200]))

    def _no_other_keys(self, value: Mapping[str, object], allowed: Sequence[str], at: str) -> None:
        for key in value:
            if key not in allowed:
                detail = f"{key[:60]!r} is not known here; allowed: {', '.join(allowed)}"
                self._fault(f"{at}/{_escaped(key)}", detail, key)

    def _condition(self, value: object, at: str, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            self._fault(at, f"a rule may nest {MAX_DEPTH} deep")
            return self._nothing
        if not isinstance(value, dict):
            self._fault(at, "a rule is a JSON object", value)
            return self._nothing
        forms = [form for form in _FORMS if form in value]
        if len(forms) != 1:
            self._fault(at, f"a rule has exactly one of {', '.join(_FORMS)}", ", ".join(forms))
            return self._nothing
        readers: Mapping[str, Callable[[dict[str, object], str, int], Condition]] = {
            "any": self._any,
            "all": self._all,
            "not": self._not,
            "measure": self._clause,
            "count_of": self._count,
            "codes": self._listed,
        }
        return readers[forms[0]](value, at, depth)

    def _any(self, value: dict[str, object], at: str, depth: int) -> Condition:
        return AnyOf(self._parts(value, "any", at, depth))

    def _all(self, value: dict[str, object], at: str, depth: int) -> Condition:
        return AllOf(self._parts(value, "all", at, depth))

    def _parts(
        self, value: dict[str, object], key: str, at: str, depth: int
    ) -> tuple[Condition, ...]:
        self._no_other_keys(value, (key,), at)
        parts = value[key]
        if not isinstance(parts, list) or not parts:
            self._fault(f"{at}/{key}", f"{key!r} takes a list of one or more rules", parts)
            return (self._nothing,)
        return tuple(
            self._condition(part, f"{at}/{key}/{place}", depth + 1)
            # A list longer than the clause bound is refused by its count, not read to its end.
            for place, part in enumerate(parts[: MAX_CLAUSES + 1])
        )

    def _not(self, value: dict[str, object], at: str, depth: int) -> Condition:
        self._no_other_keys(value, ("not",), at)
        return Not(self._condition(value["not"], f"{at}/not", depth + 1))

    def _clause(self, value: dict[str, object], at: str, _depth: int) -> Condition:
        self._no_other_keys(value, ("measure", "statistic", "scope", "at_most", "at_least"), at)
        return self._comparison(value, value["measure"], f"{at}/measure", at)

    def _count(self, value: dict[str, object], at: str, _depth: int) -> Condition:
        allowed = ("count_of", "statistic", "scope", "at_most", "at_least", "at_least_n")
        self._no_other_keys(value, allowed, at)
        names = value["count_of"]
        if not isinstance(names, list) or not names:
            self._fault(f"{at}/count_of", "'count_of' takes a list of one or more measures", names)
            return self._nothing
        clauses = [
            self._comparison(value, name, f"{at}/count_of/{place}", at, first=place == 0)
            for place, name in enumerate(names[: MAX_CLAUSES + 1])
        ]
        labels = [clause.label for clause in clauses]
        for label in sorted({label for label in labels if labels.count(label) > 1}):
            self._fault(f"{at}/count_of", f"{label!r} stands twice", label)
        wanted = value.get("at_least_n")
        if isinstance(wanted, bool) or not isinstance(wanted, int) or not 1 <= wanted <= len(names):
            self._fault(
                f"{at}/at_least_n", f"'at_least_n' is a whole number from 1 to {len(names)}", wanted
            )
            wanted = 1
        return CountOf(tuple(clauses), wanted)

    def _comparison(
        self, value: dict[str, object], name: object, name_at: str, at: str, first: bool = True
    ) -> Clause:
        """Read measure and comparison; the comparison a count shares is faulted once (`first`)."""
        self._clauses += 1
        if self._clauses == MAX_CLAUSES + 1:
            self._fault(at, f"a rule may have {MAX_CLAUSES} clauses")
        found = self._measure(name, name_at)
        told = len(self.faults)
        only_unknown = self.only_unknown_measures
        statistic = self._choice(value.get("statistic"), STATISTICS, f"{at}/statistic", "statistic")
        scope = self._choice(value.get("scope", "national"), SCOPES, f"{at}/scope", "scope")
        comparison, threshold = self._threshold(value, statistic, scope, found.edition, at)
        if not first:
            del self.faults[told:]
            self.only_unknown_measures = only_unknown
        self._refuse_unranked(found, statistic, scope, name_at)
        return Clause(
            found.measure,
            found.edition,
            statistic,
            scope,
            comparison,
            threshold,
            at,
            found.indicator,
        )

    def _measure(self, name: object, at: str) -> NamedMeasure:
        if not isinstance(name, str):
            self._fault(at, "a measure is named by text", name)
            return NamedMeasure("")
        found = find_measure(name, self.known)
        if found.is_unknown:
            self.faults.append(Fault(found.wrong, pointer=at, value=name[:200]))
        elif found.wrong:
            self._fault(at, found.wrong, name)
        return found

    def _refuse_unranked(
        self, found: NamedMeasure, statistic: Statistic, scope: Scope, at: str
    ) -> None:
        if found.indicator and not found.wrong:
            known = self.known.indicators[found.measure]
            if why := why_not_ranked(found.measure, known, statistic, scope):
                self._fault(at, why, found.measure)

    def _choice(self, value: object, allowed: tuple[_Word, ...], at: str, what: str) -> _Word:
        for choice in allowed:
            if value == choice:
                return choice
        shown = "" if value is None else value
        self._fault(at, f"the {what} is one of {', '.join(allowed)}", shown)
        return allowed[0]

    def _threshold(
        self,
        value: dict[str, object],
        statistic: Statistic,
        scope: Scope,
        edition: str | None,
        at: str,
    ) -> tuple[Comparison, float]:
        given: list[Comparison] = [key for key in _COMPARISONS if key in value]
        if len(given) != 1:
            self._fault(at, "a clause has exactly one of at_most, at_least", ", ".join(given))
            return "at_most", 1
        comparison = given[0]
        number = self._finite(value[comparison], f"{at}/{comparison}", comparison)
        if number is None:
            return comparison, 1
        if statistic in ("score", "hot_spot_p"):
            lowest, highest = _RANGES[statistic]
            if not lowest <= number <= highest:
                detail = f"a {statistic} is from {lowest:,} to {highest:,}"
                self._fault(f"{at}/{comparison}", detail, number)
            return comparison, float(min(max(number, lowest), highest))
        most = _HIGHEST.get(statistic)
        if most is None:
            # A rank's highest is N, known here only for this index's own national ranks.
            own = scope == "national" and edition in (None, self.known.id)
            most = self.known.areas_total if own else _LARGEST_RANK
        if number != int(number) or not 1 <= number <= most:
            detail = f"a {statistic} is a whole number from 1 to {most:,}"
            self._fault(f"{at}/{comparison}", detail, number)
            return comparison, 1
        return comparison, int(number)

    def _finite(self, number: object, at: str, what: str) -> int | float | None:
        if isinstance(number, bool) or not isinstance(number, int | float):
            self._fault(at, f"{what!r} is a number", number)
            return None
        if isinstance(number, float) and not math.isfinite(number):
            self._fault(at, f"{what!r} is a finite number", number)
            return None
        return number

    def _listed(self, value: dict[str, object], at: str, _depth: int) -> Condition:
        self._no_other_keys(value, ("codes", "because"), at)
        codes = self._code_list(value["codes"], f"{at}/codes")
        return Codes(codes, self._reason(value, at), at)

    def _code_list(self, value: object, at: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            self._fault(at, "codes are given as a list of one or more", value)
            return ()
        self._codes += len(value)
        if self._codes > MAX_CODES:
            self._fault(at, f"a rule may list {MAX_CODES:,} codes")
            return ()
        for place, code in enumerate(value):
            if not isinstance(code, str) or not _CODE.fullmatch(code):
                self._fault(f"{at}/{place}", "an area is named by its code", code)
        return tuple(dict.fromkeys(str(code) for code in value))

    def _reason(self, value: dict[str, object], at: str) -> str:
        reason = value.get("because")
        if not isinstance(reason, str) or not reason.strip():
            self._fault(f"{at}/because", "areas named by code need a reason in 'because'")
            return ""
        if len(reason) > MAX_REASON:
            self._fault(f"{at}/because", f"a reason may have {MAX_REASON:,} characters")
        return reason.strip()[:MAX_REASON]

    def _steps(self, value: object, at: str) -> tuple[Step, ...]:
        if not isinstance(value, list):
            self._fault(at, "'then' takes a list of steps", value)
            return ()
        if len(value) > MAX_STEPS:
            self._fault(at, f"a rule may have {MAX_STEPS} steps")
        steps = []
        for place, step in enumerate(value[:MAX_STEPS]):
            read = self._step(step, f"{at}/{place}")
            if read is not None:
                steps.append(read)
        return tuple(steps)

    def _step(self, value: object, at: str) -> Step | None:
        kinds = [kind for kind in _STEPS if isinstance(value, dict) and kind in value]
        if not isinstance(value, dict) or len(kinds) != 1:
            self._fault(at, f"a step has exactly one of {', '.join(_STEPS)}", value)
            return None
        kind = kinds[0]
        if kind == "add_ringed":
            self._no_other_keys(value, ("add_ringed",), at)
            wanted = value["add_ringed"]
            if not isinstance(wanted, bool):
                self._fault(f"{at}/add_ringed", "'add_ringed' is true or false", wanted)
            return Step(kind, (), "", at) if wanted is True else None
        self._no_other_keys(value, (kind, "because"), at)
        return Step(kind, self._code_list(value[kind], f"{at}/{kind}"), self._reason(value, at), at)
