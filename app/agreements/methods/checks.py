"""What a post, a service agreement or a devolved budget must say; how a budget stands to the money known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from app.partnerships.methods.members import holds_contact
from boundaries.errors import Fault

MANAGERS, SERVICES, BUDGETS = "managers", "services", "budgets"
KINDS = (MANAGERS, SERVICES, BUDGETS)
STATUSES = ("proposed", "agreed", "under review", "ended")
# Field → whether it must be said.
FIELDS: Mapping[str, Mapping[str, bool]] = {
    MANAGERS: {"role": True, "organisation": True, "starts_on": False, "ends_on": False, "note": False},
    SERVICES: {
        "service": True, "provider": True, "standard": True, "measure": False, "theme": False,
        "starts_on": False, "review_on": True, "status": False, "note": False,
    },
    BUDGETS: {
        "fund": True, "programme": False, "year": True, "amount_pence": True, "decided_by": True,
        "note": False,
    },
}  # fmt: skip
# What tells one record of a neighbourhood from the next.
NAMED_BY: Mapping[str, tuple[str, ...]] = {
    MANAGERS: ("role", "organisation"), SERVICES: ("service", "provider"), BUDGETS: ("fund", "year"),
}  # fmt: skip
MOST_PENCE = 10**15
_YEAR = re.compile(r"(\d{4})-(\d{2})")


def check_record(kind: str, said: Mapping[str, Any]) -> Iterator[Fault]:
    """Find what is wrong with a record of a kind: a field not its own, one that lacks, days the wrong way round.

    A person's address or number has no place in any field.
    """
    own = FIELDS[kind]
    for name, value in said.items():
        if name not in own and value is not None:
            yield _fault(
                name,
                value,
                f"{kind} have no such field; they have {', '.join(own)}",
                "field-is-known",
            )
    for name, needed in own.items():
        value = said.get(name)
        if needed and (value is None or not str(value).strip()):
            yield _fault(name, "", "it must be said", f"{name.replace('_', '-')}-required")
        elif isinstance(value, str) and holds_contact(value):
            yield _fault(
                name, "", "people's addresses and numbers are not kept", "no-personal-contact"
            )
    # What is not said has its default; a null that is said would take the status away.
    if kind == SERVICES and said.get("status", STATUSES[1]) not in STATUSES:
        yield _fault("status", said["status"], f"one of {', '.join(STATUSES)}", "status-is-known")
    if kind == BUDGETS:
        yield from _money(said)
    yield from _days(said)


def _days(said: Mapping[str, Any]) -> Iterator[Fault]:
    starts = said.get("starts_on")
    for name, last in (("ends_on", "ended"), ("review_on", "reviewed")):
        day = said.get(name)
        if isinstance(starts, date) and isinstance(day, date):
            wrong = day <= starts if name == "ends_on" else day < starts
            if wrong:
                yield _fault(
                    name, day, f"it cannot be {last} before it starts, on {starts}", "days-in-order"
                )


def _money(said: Mapping[str, Any]) -> Iterator[Fault]:
    amount, year = said.get("amount_pence"), str(said.get("year") or "")
    if amount is not None and not 0 <= amount <= MOST_PENCE:
        yield _fault("amount_pence", amount, f"pence, from 0 to {MOST_PENCE}", "amount-in-range")
    match = _YEAR.fullmatch(year)
    if year and (match is None or (int(match[1]) + 1) % 100 != int(match[2])):
        yield _fault("year", year, "a financial year as 2026-27", "financial-year")


def stand_of(amount_pence: int, located_pence: int, estimated_pence: int) -> tuple[str, int]:
    """Tell how a budget stands to the money known in its neighbourhood: words, and pence left (below 0: over).

    Money that is only estimated to be there counts too, and the words say where it decides.
    """
    left = amount_pence - located_pence - estimated_pence
    if not located_pence and not estimated_pence:
        return "nothing known", left
    if left >= 0:
        return "within", left
    return ("over" if located_pence > amount_pence else "over if the estimates are right"), left


def plain_words(words: str | None) -> str:
    """Write words as programmes are named by: case, and how many blanks part them, do not matter."""
    return " ".join((words or "").split()).lower()


def _fault(name: str, value: object, hint: str, rule: str) -> Fault:
    return Fault(f"{name}: {hint}", pointer=f"/{name}", value=str(value)[:80], rule=rule)
