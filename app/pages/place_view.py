"""One place as its page shows it: form, facts, map and tables from the same findings; computes no figure itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.area_rows import AreaRow, area_rows
from app.findings.gather import SHARES, Findings
from app.findings.queries import councils_loaded
from app.findings.sketch import draw_place
from app.findings.words import (
    STAGE_WORDS,
    comparison_sentence,
    count,
    day,
    finding,
    pounds_short,
    share,
    whole_country,
)
from app.indicators.methods.composite import published_weights
from app.neighbourhoods.queries import Neighbourhood, Version, newest_versions
from app.pages import queries
from app.pages.links import Links, links_of
from app.pages.money_view import MoneyView, money_view
from app.pages.place_receipts import Receipt, place_receipts
from app.pages.programme_view import ProgrammeTable, programme_tables
from app.pages.raster_view import RasterView, map_layers, raster_views
from app.priorities.methods.records import MEASURES
from app.resources.saved_neighbourhoods import PRIORITIES, SAVED
from boundaries.area_types import AREA_TYPES
from boundaries.queries import LayerMissing, layer_on
from maps.layers import Layer, attributions
from maps.legend import legend_entries, legend_html
from maps.svg_map import draw_map

TABLE_ID = "priority-areas"
TABLE_CAPTION = "Small areas, greatest need first"


@dataclass(frozen=True)
class Choice:
    """One choice of a form: what is sent, what is read, whether it is chosen, a note beside it."""

    value: str
    words: str
    chosen: bool
    note: str = ""


@dataclass(frozen=True)
class RuleForm:
    """The form that asks the same page again; a saved partnership has no councils to choose."""

    action: str
    indices: list[Choice]
    shares: list[Choice]
    councils: list[Choice]
    years: list[Choice]
    stages: list[Choice]
    rule_text: str
    measures: list[Choice]
    weights: list[tuple[str, str, str]]
    seed: str
    neighbourhoods: list[Choice]


@dataclass(frozen=True)
class Fact:
    """One of the four figures at the head, with its yardstick."""

    name: str
    value: str
    beside: str


@dataclass(frozen=True)
class Drawn:
    """The map of a page: its key, its picture, where Leaflet reads the same shapes, whose they are."""

    key: Markup
    picture: Markup
    data_address: str
    attribution: str


@dataclass(frozen=True)
class Credit:
    """The works under one licence, and how their publishers ask to be named, each once; for print."""

    licence: str
    works: list[str]
    attributions: list[str]


Saved = tuple[Neighbourhood, Version]
# Pages that compare no two indices: that of resources, and what stands in another site's frame.
EMBEDDED = "/embed"
ALONE = ("/resources", EMBEDDED)


@dataclass(frozen=True)
class PlaceView:
    """What the templates of a place's pages read."""

    findings: Findings
    links: Links
    name: str
    demo: bool
    finding: str
    form: RuleForm
    facts: list[Fact]
    drawn: Drawn
    groups: list[dict[str, Any]]
    chosen_areas: list[AreaRow]
    other_areas: list[AreaRow]
    comparison: dict[str, Any] | None
    money: MoneyView
    programmes: list[ProgrammeTable]
    alignment: dict[str, Any]
    tiers: list[tuple[str, list[dict[str, Any]]]]
    sources: list[dict[str, Any]]
    credits: list[Credit]
    receipts: list[Receipt]
    notes: list[str]
    border_cases: list[dict[str, object]]
    rasters: list[RasterView]
    table_id: str = TABLE_ID
    table_caption: str = TABLE_CAPTION

    @property
    def raster_layers(self) -> str:
        """What map.js may lay over the map, as JSON."""
        return map_layers(self.rasters)

    @property
    def contested(self) -> list[AreaRow]:
        """The areas that some perturbations choose and others do not, the surest first."""
        rows = [row for row in (*self.chosen_areas, *self.other_areas) if row.contested]
        return sorted(rows, key=lambda row: (-(row.stability or 0.0), row.code))

    @property
    def shaken(self) -> dict[str, Any] | None:
        """How the rule was shaken, or why it could not be; None where it was not asked for."""
        cliff = self.findings.designated.cliff
        if cliff is None:
            return None
        asked = cliff.perturbation
        return {
            "seed": asked.seed, "draws": asked.draws, "kinds": list(asked.kinds), "reason": cliff.cannot_tell,
        }  # fmt: skip

    @property
    def wider_shares(self) -> list[Choice]:
        """The shares that may find areas where the one asked for found none; all of them for a rule of one's own."""
        worst = self.findings.asked.worst or 0
        return [one for one in self.form.shares if int(one.value) > worst]


def place_view(
    session: Session, findings: Findings, *, with_money: bool = True, page: str = ""
) -> PlaceView:
    """Put a place's findings in the order of its page; `page` is the ending of its address, as `/priorities`."""
    links = links_of(findings.ground, findings.asked)
    rows = area_rows(findings)
    layers = draw_place(session, findings, with_money=with_money, rows=rows)
    plain = findings.designated.as_plain()
    money = money_view(findings.ledger)
    slug = findings.ground.slug
    saved = [] if slug is None else newest_versions(session, str(slug))
    groups = told_apart(plain["groups"], saved)
    notes: list[str] = plain["notes"]
    border: list[dict[str, object]] = plain["border_cases"]
    sources = _sources(session, findings, page, with_money=with_money)
    return PlaceView(
        findings=findings, links=links, name=findings.ground.name, demo=findings.ground.demo,
        finding=finding(findings), form=_form(session, findings, links, page, saved),
        facts=_facts(findings, money, with_money=with_money),
        drawn=_drawn(layers, findings, links, with_money=with_money),
        groups=_with_money(groups, money) if with_money else groups,
        chosen_areas=[row for row in rows if row.selected or row.cannot_tell],
        other_areas=[row for row in rows if not (row.selected or row.cannot_tell)],
        comparison=_comparison(findings, links), money=money,
        programmes=programme_tables(findings.programmes), alignment=findings.alignment,
        tiers=_tiers(findings.alignment), receipts=place_receipts(findings, links, groups, with_money=with_money),
        sources=sources, credits=_credits(sources), notes=notes, border_cases=border,
        rasters=raster_views(
            session, findings.ground.codes, "lad", findings.day, demo=findings.ground.demo
        ),
    )  # fmt: skip


def told_apart(groups: list[dict[str, Any]], saved: list[Saved]) -> list[dict[str, Any]]:
    """Say of a neighbourhood drawn now that one which was saved has its name and other ground."""
    ground = {
        one.name: set(made.block_codes) for one, made in saved if made.block_codes is not None
    }
    note = "not the saved neighbourhood of this name, which is other ground"
    return [
        group | {"note": "; ".join(filter(None, (group["note"], note)))}
        if ground.get(group["name"], set(group["codes"])) != set(group["codes"]) else group
        for group in groups
    ]  # fmt: skip


def _with_money(groups: list[dict[str, Any]], money: MoneyView) -> list[dict[str, Any]]:
    if money.kind == "saved":  # the money is told of other neighbourhoods
        return groups
    own = {row["key"]: row for row in money.neighbourhoods}
    return [
        group | {name: own[group["number"]][name] for name in ("located_pence", "estimated_pence")}
        for group in groups
    ]


def _facts(findings: Findings, money: MoneyView, *, with_money: bool) -> list[Fact]:
    summary, worst = findings.summary, findings.asked.worst
    chosen, total = summary["areas_selected"], summary["areas_total"]
    yardstick = f"; {whole_country(findings.ground.demo)} {worst}%" if worst is not None else ""
    people = summary["people_selected"]
    groups = findings.designated.groups.groups
    sizes = [int(size) for size in groups["people"].dropna()]
    largest = f"the largest home to {count(max(sizes))} people" if sizes else ""
    when = f", {money.year}" if money.year else ""
    found = [
        Fact("Priority small areas", f"{count(chosen)} of {count(total)}", share(chosen, total) + yardstick),
        Fact(
            "People living there", count(people),
            f"{share(people, summary['people_total'])} of {count(summary['people_total'])}, {summary['people_source']}",
        ),
        Fact("Priority neighbourhoods", count(len(groups)), largest),
        Fact(
            f"Money located there, {STAGE_WORDS[money.stage]}{when}", pounds_short(money.located_pence),
            f"and {pounds_short(money.estimated_pence)} estimated",
        ),
    ]  # fmt: skip
    return found if with_money else found[:-1]


def _drawn(layers: list[Layer], findings: Findings, links: Links, *, with_money: bool) -> Drawn:
    picture = draw_map(
        layers, title=f"Map of {findings.ground.name}: small areas by deprivation, neighbourhoods numbered",
        width=840, height=630, labels="percent", table_id=TABLE_ID, table_caption=TABLE_CAPTION,
    )  # fmt: skip
    # draw_map and legend_html escape every text that they are given
    return Drawn(
        legend_html(legend_entries(layers)), Markup(picture), links.map_data(with_money=with_money),
        attributions(layers),
    )  # fmt: skip


def _form(
    session: Session, findings: Findings, links: Links, page: str, saved: list[Saved]
) -> RuleForm:
    asked, ground = findings.asked, findings.ground
    shares = sorted({*SHARES, *([asked.worst] if asked.worst is not None else [])})
    years = queries.financial_years(session, demo=ground.demo)
    return RuleForm(
        action=links.base + page,
        indices=[
            Choice(index_id, title, index_id == asked.index_id)
            for index_id, title in queries.choosable_indices(session, demo=ground.demo)
        ],
        shares=[Choice(str(n), f"most deprived {n}%", n == asked.worst) for n in shares],
        councils=_councils(session, findings) if ground.slug is None else [],
        years=[Choice("", "All years", not asked.year)]
        + [Choice(year, year, year == asked.year) for year in years],
        stages=[Choice(stage, words, stage == asked.stage) for stage, words in STAGE_WORDS.items()],
        rule_text="" if asked.worst is not None else json.dumps(asked.rule, ensure_ascii=False),
        measures=_measures(findings),
        weights=_weights(findings),
        seed=asked.seed or "",
        neighbourhoods=[] if ground.slug is None else _neighbourhoods(findings, len(saved)),
    )


def _neighbourhoods(findings: Findings, saved: int) -> list[Choice]:
    """Offer the priority neighbourhoods and, where there are any, the partnership's saved ones."""
    is_saved = findings.asked.neighbourhoods == SAVED
    return [
        Choice(PRIORITIES, "Priority neighbourhoods", not is_saved),
        Choice(SAVED, f"Saved neighbourhoods ({saved})", is_saved, "" if saved else "none is saved yet"),
    ]  # fmt: skip


def _measures(findings: Findings) -> list[Choice]:
    """Offer the index and its domains; an indicator asked for by its id stays chosen."""
    chosen = findings.asked.measure
    held = findings.designated.index.measures
    words = [(name, MEASURES.get(name, name)) for name in held]
    words += [] if chosen in held else [(chosen, chosen)]
    return [Choice(name, said, name == chosen) for name, said in words]


def _weights(findings: Findings) -> list[tuple[str, str, str]]:
    """Give each domain's name, words and weight: of one's own, or as the publisher has it."""
    index = findings.designated.index
    recipe = findings.designated.chosen.recipe
    published = published_weights(index.id)
    used = dict(recipe.weights) if recipe is not None else dict(published)
    return [
        (domain, MEASURES.get(domain, domain), f"{used.get(domain, 0):g}")
        for domain in published
        if domain in index.measures
    ]


def _councils(session: Session, findings: Findings) -> list[Choice]:
    """Offer the view's own councils, ticked, and the districts that touch them."""
    ground = findings.ground
    own = [Choice(c, n, chosen=True) for c, n in zip(ground.codes, ground.names, strict=True)]
    try:
        layer = layer_on(session, "lad", findings.day, demo=ground.demo)
    except LayerMissing:
        return own
    near = queries.neighbouring_councils(session, layer.id, ground.codes)
    here = councils_loaded(session, [code for code, _ in near])
    return own + [
        Choice(code, name, chosen=False, note="" if code in here else "not loaded")
        for code, name in near
    ]


def _comparison(findings: Findings, links: Links) -> dict[str, Any] | None:
    if findings.compared is None:
        return None
    plain = findings.compared.as_plain()
    areas: list[dict[str, Any]] = plain["areas"]
    kinds = ("kept", "added", "dropped")
    both = (findings.compared.older.index.id, findings.compared.newer.index.id)
    (against,) = (one for one in both if one != findings.asked.index_id)
    return plain | {
        "file": links.comparison(against),
        "sentence": comparison_sentence(plain),
        "lists": [(kind, [area for area in areas if area["outcome"] == kind]) for kind in kinds],
    }


def _tiers(alignment: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Split the authorities into tiers; one that is both stands in the lower one alone."""
    listed = alignment["authorities"]
    named = (("Lower tier", ("lower", "both")), ("Upper tier", ("upper",)))
    tiers = [(title, [row for row in listed if row["tier"] in tiers]) for title, tiers in named]
    return [(title, [_kind(row) for row in rows]) for title, rows in tiers if rows]


def _kind(row: dict[str, Any]) -> dict[str, Any]:
    known = AREA_TYPES.get(str(row["type"]))
    return row | {"kind": known.name if known else str(row["type"])}


def _sources(
    session: Session, findings: Findings, page: str, *, with_money: bool
) -> list[dict[str, Any]]:
    """Name each source of the page once: several files of one publisher and licence may share a title.

    A page without money does not name the files of money, for no figure on it is theirs; nor do that of
    resources and what is embedded, which compare no indices, name the other index.
    """
    seen: dict[Sequence[Any], dict[str, Any]] = {}
    unused = _compared_alone(session, findings) if page in ALONE else set()
    for source in findings.sources:
        if source["title"] in unused:
            continue
        if source["quality"] == "as published" and not with_money:
            continue
        seen.setdefault((source["title"], source["publisher"], source["date"]), source)
    return list(seen.values())


def _compared_alone(session: Session, findings: Findings) -> set[str]:
    """Name the index, and the outlines of its areas, that stand in the comparison of two indices and nowhere else."""
    if findings.compared is None:
        return set()
    asked = findings.designated.index
    both = (findings.compared.older.index, findings.compared.newer.index)
    others = [index for index in both if index.id != asked.id]
    releases = queries.releases_served(
        session, [index.release_id for index in others if index.release_id != asked.release_id]
    )
    return {index.title for index in others} | {release.title for release in releases}


def _credits(sources: list[dict[str, Any]]) -> list[Credit]:
    """Put sources together by licence, in order, so that the printed page has room for all of them."""
    found: dict[str, Credit] = {}
    for source in sources:
        credit = found.setdefault(source["licence"], Credit(source["licence"], [], []))
        by = "" if source["publisher"] in source["title"] else f"{source['publisher']}, "
        credit.works.append(f"{source['title']} ({by}{day(source['date'])})")
        if source["attribution"] and source["attribution"] not in credit.attributions:
            credit.attributions.append(source["attribution"])
    return list(found.values())
