"""Everything a page, a paper, a map or the command line says of one place, asked once.

One place is a saved partnership or a passing view of some councils; the rule and the index are the
caller's. All figures come from here, so that no two faces of Bounds can differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.findings.queries import require_loaded
from app.indicators.own import choose_recipe
from app.indicators.queries import DEFAULT_INDEX, get_index, indices_with_values
from app.partnerships.alignment import align_ground, whole_and_cut
from app.partnerships.queries import Ground, ground_of_partnership, ground_of_words
from app.priorities.actions import Designated, designate
from app.priorities.cliff import read_perturbation
from app.priorities.comparing import ComparedLists, compare_designations
from app.priorities.methods.conditions import worst_percent
from app.priorities.queries import Place, find_partnership_place, find_place
from app.resources.beside_queries import SumsHere, recipient_sums_here
from app.resources.building import build_ledger
from app.resources.methods.ledger import Ledger
from app.resources.partnership_money import chosen_neighbourhoods
from app.resources.programme_queries import programmes_touching
from app.resources.saved_neighbourhoods import PRIORITIES
from app.sources.credits import PEOPLE, credits_of
from boundaries.errors import Invalid
from boundaries.queries import layer_on, releases_of

WORST = 10
SHARES = (1, 5, 10, 20, 30, 50)


@dataclass(frozen=True)
class Asked:
    """What the reader asked for: the index, the rule as plain values, and the year and stage of the money.

    measure : of the short rule (the most deprived `worst` per cent of it). weights : of one's own by domain,
    None for the publisher's. seed : of the perturbations, None where the rule is not shaken. neighbourhoods :
    that stand in the ledger, the priorities or the partnership's saved ones.
    """

    index_id: str
    rule: dict[str, object]
    worst: int | None = WORST
    year: str | None = None
    stage: str = "awarded"
    measure: str = "imd"
    weights: dict[str, float] | None = None
    seed: str | None = None
    neighbourhoods: str = PRIORITIES


@dataclass(frozen=True)
class Findings:
    """The answer for one place.

    alignment : the body of `POST /align`. designated : the rule's outcome on the asked index.
    compared : the same rule by the older and the newer index, None where only one holds the place.
    ledger : the money against the priority groups, or the saved neighbourhoods where asked.
    programmes, recipient_sums : what stands beside the ledger, in none of its totals.
    sources : title, publisher, licence, attribution and date of everything that the figures rest on, each once.
    """

    ground: Ground
    place: Place
    day: date
    asked: Asked
    alignment: dict[str, Any]
    designated: Designated
    compared: ComparedLists | None
    ledger: Ledger
    sources: list[dict[str, Any]]
    programmes: list[dict[str, Any]]
    recipient_sums: SumsHere

    @property
    def summary(self) -> dict[str, Any]:
        """Areas and people: selected, in doubt, in all."""
        return dict(self.designated.summary)

    @property
    def selected_codes(self) -> set[str]:
        """Codes of the selected small areas."""
        return set(self.designated.selected_codes)

    @property
    def address(self) -> str:
        """Path of this place's page, without the rule."""
        if self.ground.slug:
            return f"/partnerships/{self.ground.slug}"
        return "/view"


def read_asked(
    session: Session, ground: Ground, *, index_id: str | None, worst: int | None, rule: dict[str, object] | None,
    year: str | None = None, stage: str = "awarded", measure: str | None = None,
    weights: dict[str, float] | None = None, seed: str | None = None,
) -> Asked:  # fmt: skip
    """Complete what the reader left open: IMD 2019, the most deprived 10 % of the whole index, awarded money.

    Raises Invalid for a share that the pages do not offer, and for a rule beside a share; UnknownIndex.
    """
    if worst is not None and rule is not None:
        raise Invalid("give either a rule or a share of the most deprived, not both")
    if rule is None and (worst or WORST) not in range(1, 101):
        raise Invalid(f"the most deprived share is a whole number from 1 to 100, not {worst}")
    chosen = index_id or default_index(ground)
    choose_recipe(session, chosen, weights)
    share, of = None if rule is not None else worst or WORST, measure or "imd"
    given = rule if rule is not None else worst_percent(share or WORST, of)
    return Asked(chosen, given, share, year, stage, of, weights, seed)


def default_index(ground: Ground) -> str:
    """Name the index that pages open on: IMD 2019, whose people are published on its own areas; or its demo twin."""
    return f"{DEFAULT_INDEX}-demo" if ground.demo else DEFAULT_INDEX


def other_index(session: Session, asked: Asked, designated: Designated) -> str | None:
    """Name the newest other edition with domains that holds this place, to compare with."""
    held = indices_with_values(session, _codes_in_both_sets(session, designated))
    for found in held:
        if found != asked.index_id and len(get_index(session, found).measures) > 1:
            return found
    return None


def _codes_in_both_sets(session: Session, designated: Designated) -> set[str]:
    from app.priorities.ground import find_links

    codes = set(designated.ground.codes)
    links = find_links(session, sorted(codes), "newer")
    older = find_links(session, sorted(codes), "older")
    return codes | set(links["source"]) | set(older["source"])


def gather(session: Session, ground: Ground, asked: Asked, day: date) -> Findings:
    """Answer for one place: verdict, priorities, comparison, money and sources.

    Raises PlaceNotLoaded where a council of the place is not loaded, and what `designate` raises.
    """
    require_loaded(session, ground)
    if ground.slug:
        place = find_partnership_place(session, ground.slug)
    else:
        place = find_place(session, list(ground.codes), day)
    shaken = None if asked.seed is None else read_perturbation(asked.seed, None, None)
    designated = designate(
        session, place, asked.rule, asked.index_id, weights=asked.weights, perturbation=shaken
    )
    # An index of one's own is not compared with a published one: the weights would be part of what moved.
    against = None if designated.chosen.recipe else other_index(session, asked, designated)
    compared = None
    if against is not None:
        compared = compare_designations(
            session, place, asked.rule, asked.index_id, against, designated
        )
    alignment = align_ground(session, ground, day)
    whole, cut = whole_and_cut(alignment)
    groups = chosen_neighbourhoods(session, designated, ground.slug, asked.neighbourhoods)
    ledger = build_ledger(
        session, authorities=whole, groups=groups, partnership_slug=ground.slug,
        year=asked.year, stage=asked.stage, area_set=designated.index.area_set,
        areas=list(designated.ground.codes), cut=cut,
    )  # fmt: skip
    return Findings(
        ground, place, day, asked, alignment, designated, compared, ledger,
        _sources(session, ground, designated, compared, ledger, day),
        programmes_touching(session, [*whole, *cut], demo=ground.demo, slug=ground.slug),
        recipient_sums_here(session, [*whole, *cut]),
    )  # fmt: skip


def find_ground(
    session: Session, *, slug: str | None, councils: list[str] | None, day: date
) -> Ground:
    """Find the ground of a saved partnership, or of some councils by code or name."""
    if slug is not None:
        return ground_of_partnership(session, slug, day)
    return ground_of_words(session, councils or [], day)


def _sources(
    session: Session,
    ground: Ground,
    designated: Designated,
    compared: ComparedLists | None,
    ledger: Ledger,
    day: date,
) -> list[dict[str, Any]]:
    """List what the figures rest on, each once: boundaries, indices, people, files of money."""
    ids = {designated.index.release_id, layer_on(session, "lad", day, demo=ground.demo).id}
    indices = [designated.index]
    if compared is not None:
        both = (compared.older.index, compared.newer.index)
        ids |= {index.release_id for index in both}
        indices += [index for index in both if index.id != designated.index.id]
    listed = [
        {
            "title": release.title, "publisher": release.publisher, "licence": release.licence,
            "attribution": release.attribution, "date": release.published_on, "quality": release.quality,
            "partial": release.partial,
        }
        for release in releases_of(session, sorted(ids))
    ] + [
        {
            "title": index.title, "publisher": index.publisher, "licence": index.licence,
            "attribution": index.attribution, "date": index.published_on, "quality": "official",
            "partial": index.partial,
        }
        for index in indices
    ]  # fmt: skip
    listed += [] if ground.demo else credits_of(session, PEOPLE)
    return listed + ledger_sources(session, ledger)


def ledger_sources(session: Session, ledger: Ledger) -> list[dict[str, Any]]:
    """List the files that the ledger's lines, in totals or beside them, came from."""
    from app.resources.queries import files_of

    lines = [*ledger.lines, *ledger.paid_here, *ledger.other_currencies]
    return files_of(session, sorted({str(line["file_id"]) for line in lines}))
