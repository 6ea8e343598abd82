"""What the address of a paper or file asks for, and the findings for it; one set of parameters for all."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from typing import Annotated, Literal

from fastapi import Depends, Path, Query
from sqlalchemy.orm import Session

from app.dependencies import AsAt
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.indicators.methods.composite import published_weights
from app.indicators.queries import has_only_read
from app.latest import Latest
from app.priorities.methods.rules import read_rule_text
from app.resources.saved_neighbourhoods import PRIORITIES
from app.sessions import moment_of
from boundaries.errors import Fault, Invalid

MOST_KEPT = 8
_kept: Latest[Findings] = Latest(MOST_KEPT)
_YEAR = re.compile(r"\d{4}-\d{2}", re.ASCII)
_MOST_COUNCILS = 60

Slug = Annotated[str, Path(max_length=120)]
Councils = Annotated[
    list[str] | None, Query(max_length=_MOST_COUNCILS, description="codes or names")
]


Neighbourhoods = Annotated[
    Literal["priorities", "saved"],
    Query(description="whose money stands in: the priorities', or the partnership's saved ones"),
]


class NoCouncils(Invalid):
    """A view needs at least one council: tick one on the start page, or search for it."""

    slug = "no-councils"
    title = "No council was chosen"


OwnWeights = dict[str, float]
Weight = Annotated[
    str, Query(max_length=20, description="weight of the domain, 0 or more; empty: none")
]


def own_weights(
    w_income: Weight = "", w_employment: Weight = "", w_education: Weight = "", w_health: Weight = "",
    w_crime: Weight = "", w_barriers: Weight = "", w_living: Weight = "",
) -> OwnWeights | None:  # fmt: skip
    """Gather weights of one's own from a form; None where all are empty or as the publisher has them.

    Raises Invalid for what is no number, naming each; whether the weights do is the index's to say.
    """
    written = {
        "income": w_income, "employment": w_employment, "education": w_education, "health": w_health,
        "crime": w_crime, "barriers": w_barriers, "living": w_living,
    }  # fmt: skip
    weights: OwnWeights = {}
    faults = []
    for domain, words in written.items():
        if not words.strip():
            continue
        try:
            weights[domain] = float(words)
        except ValueError:
            detail = f"the weight of {domain} is a number, 0 or more"
            faults.append(Fault(detail, pointer=f"/w_{domain}", value=words[:20]))
    if faults:
        raise Invalid("; ".join(fault.detail for fault in faults), faults)
    if not weights or weights == dict(published_weights("imd-2019")):
        return None
    return weights


class Asking:
    """The day, index, rule, year and stage in an address. Raises Invalid for a year that is none."""

    def __init__(
        self,
        day: AsAt,
        index: Annotated[
            str | None, Query(max_length=60, description="index id, e.g. imd-2019")
        ] = None,
        worst: Annotated[
            int | None, Query(ge=1, le=100, description="most deprived per cent")
        ] = None,
        rule: Annotated[
            str | None, Query(description="a rule in the rule language, as JSON")
        ] = None,
        year: Annotated[str, Query(max_length=7, description="financial year, e.g. 2018-19")] = "",
        stage: Literal["planned", "awarded", "paid"] = "awarded",
        measure: Annotated[
            str,
            Query(max_length=80, description="of the share: imd, a domain, or an indicator's id"),
        ] = "",
        seed: Annotated[
            str | None, Query(max_length=20, description="of the perturbations; empty: not shaken")
        ] = None,
        own: Annotated[OwnWeights | None, Depends(own_weights)] = None,
    ) -> None:
        if year and not _YEAR.fullmatch(year):
            fault = Fault("a financial year is written 2018-19", pointer="/year", value=year)
            raise Invalid(f"a financial year is written 2018-19, not {year!r}", [fault])
        self.day = day
        self.index = index or None
        self.worst = worst
        self.rule = rule.strip() if rule else ""
        self.measure = measure.strip() or None
        self.seed = seed
        self.weights = own
        self.year = year or None
        self.stage = stage


Asked = Annotated[Asking, Depends(Asking)]


def find_place(
    session: Session,
    slug: str | None,
    councils: list[str] | None,
    asking: Asking,
    seed: str | None = None,
    neighbourhoods: str = PRIORITIES,
) -> Findings:
    """Answer for a saved partnership or for some councils; `seed` shakes the rule where none is asked for.

    neighbourhoods : that stand in the ledger.

    A page, its map and its downloads ask the same one after the other: the latest findings are kept for as long as
    the database shows exactly the same data, and nobody changes what is given.

    Raises NoSavedNeighbourhoods, UnknownPartnership, UnknownArea with what is spelt alike, NoCouncils, PlaceNotLoaded,
    UnknownIndex, InvalidRule. A rule of the reader's own goes before a share.
    """
    named = [part.strip() for word in councils or [] for part in word.split(",") if part.strip()]
    if slug is None and not named:
        raise NoCouncils("choose at least one council", [Fault("name one", pointer="/councils")])
    day = asking.day
    ground = find_ground(session, slug=slug, councils=named, day=day)
    rule = read_rule_text(asking.rule) if asking.rule else None
    if rule is not None and not isinstance(rule, dict):
        raise Invalid("a rule is a JSON object", [Fault("a JSON object", pointer="/rule")])
    asked = read_asked(
        session, ground, index_id=asking.index, worst=None if rule else asking.worst, rule=rule,
        year=asking.year, stage=asking.stage, measure=asking.measure, weights=asking.weights,
        seed=(asking.seed if asking.seed is not None else seed) or None,
    )  # fmt: skip
    whole = replace(asked, neighbourhoods=neighbourhoods)
    # What an address leaves open is complete here: a page and its own map's longer address meet.
    key = (
        session.get_bind().engine.url, moment_of(session), ground.slug, ground.codes, day,
        json.dumps(asdict(whole), sort_keys=True),
    )  # fmt: skip
    return _kept.get(key, lambda: gather(session, ground, whole, day), keeps=has_only_read(session))


def has_found() -> bool:
    """Say whether this process has answered for a place, of late."""
    return not _kept.is_empty


def file_name(findings: Findings, ending: str) -> str:
    """Name a download by the place: letters, digits and hyphens only."""
    name = findings.ground.slug or "-".join(findings.ground.codes)
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80].strip("-")
    return f"{plain or 'place'}.{ending}"
