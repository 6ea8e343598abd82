"""A profile as its page shows it: sentences, facts, map, themes, trend, drivers and receipts; computes no figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.findings.profile_sketch import TABLE_CAPTION, profile_layers
from app.findings.words import count, percent2
from app.pages import queries
from app.profiles.profile import Profile
from boundaries.footprints import Ground
from maps.layers import attributions
from maps.legend import legend_entries, legend_html
from maps.svg_map import draw_map

TABLE_ID = "profile-areas"


@dataclass(frozen=True)
class ProfileView:
    """What the profile's templates read; body is that of the API."""

    body: dict[str, Any]
    kind: str
    partnership_name: str
    sentences: list[list[tuple[str, str | None]]]
    facts: list[tuple[str, str, str]]
    key: Markup
    picture: Markup
    map_address: str
    attribution: str
    areas: list[dict[str, Any]]
    editions: list[dict[str, Any]]
    receipts: list[dict[str, Any]]
    formulas: list[str]
    sources: list[dict[str, Any]]
    numbers: dict[str, int]
    indices: list[tuple[str, str, bool]]
    address: str
    downloads: list[tuple[str, str, str]]
    picture_address: str
    page_address: str
    table_id: str = TABLE_ID
    table_caption: str = TABLE_CAPTION


def profile_view(
    session: Session, made: Profile, ground: Ground | None, query: dict[str, str]
) -> ProfileView:
    """Put a profile in the order of its page.

    ground : of a neighbourhood, whose outline is drawn over its small areas; None for a partnership.
    query : what the address asks for, kept by every link.
    """
    body = made.body
    kind = body["kind"]
    page = "" if kind == "neighbourhood" else "/profile"
    address = f"/{kind}s/{quote(body['slug'])}{page}"
    layers = profile_layers(session, made, ground)
    picture = draw_map(
        layers, title=f"Map of {body['title']}: its small areas by deprivation", width=840, height=630,
        labels="percent", table_id=TABLE_ID, table_caption=TABLE_CAPTION,
    )  # fmt: skip
    numbers = {name: number for number, name in enumerate(body["receipts"], start=1)}
    asked = f"?{urlencode(query)}" if query else ""
    formulas = list(dict.fromkeys(told["method"] for told in body["receipts"].values()))
    sources = list({told["index"]: told for told in body["receipts"].values()}.values())
    return ProfileView(
        body=body, kind=kind, partnership_name=made.ground.subject.partnership_title or "",
        sentences=[_linked(one) for one in body["sentences"]], facts=_facts(body),
        # draw_map and legend_html escape every text that they are given
        key=legend_html(legend_entries(layers)), picture=Markup(picture),
        map_address=f"/{kind}s/{quote(body['slug'])}/profile/map.topojson{asked}", attribution=attributions(layers),
        areas=made.areas, editions=_editions(body),
        receipts=_receipts(body, numbers, formulas, sources), formulas=formulas, sources=sources, numbers=numbers,
        indices=[
            (index_id, title, index_id == body["index"]["id"])
            for index_id, title in queries.choosable_indices(session, demo=body["index"]["demo"])
        ],
        address=address, downloads=_downloads(body, asked),
        picture_address=f"{address}/map.png{asked}", page_address=f"{address}{asked}",
    )  # fmt: skip


def _linked(sentence: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Split a sentence at its numbers, in order: pieces of text, each number with the name of its receipt."""
    pieces: list[tuple[str, str | None]] = []
    rest = sentence["text"]
    for number in sentence["numbers"]:
        before, _, rest = rest.partition(number["written"])
        pieces += [(before, None), (number["written"], number["receipt"])]
    return [*pieces, (rest, None)]


def _receipts(
    body: dict[str, Any],
    numbers: dict[str, int],
    formulas: list[str],
    sources: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Give each receipt by number, its formula and source by theirs, so that no table says them all again."""
    at = [source["index"] for source in sources]
    return [
        told
        | {
            "number": numbers[name], "of": name, "formula": formulas.index(told["method"]) + 1,
            "source_number": at.index(told["index"]) + 1,
        }
        for name, told in body["receipts"].items()
    ]  # fmt: skip


def _facts(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    whole = next(
        (theme for theme in body["themes"] if theme["measure"] == "imd"), body["themes"][0]
    )
    place, middle, worst = (
        whole["percentile_in_england"], whole["middle_rank"], whole["share_in_worst_10"]["value"]
    )  # fmt: skip
    country = "Barsetshire (invented)" if body["index"]["demo"] else "England"
    ground = body["ground"]
    percentile = place["percentile"]
    return [
        ("People", count(ground["people"]), ground["people_source"]),
        ("Small areas", count(ground["areas"]), "whole" if ground["whole_areas"] else "some of them in part"),
        (
            f"Most deprived, in {country}", "–" if percentile is None else f"{percentile}%",
            place["reason"] or f"rank {count(place['rank'])} of {count(place['of'])}",
        ),
        (
            "In the most deprived tenth", percent2(worst),
            f"of its people; middle rank {count(middle['rank'])}",
        ),
    ]  # fmt: skip


def _editions(body: dict[str, Any]) -> list[dict[str, Any]]:
    """List the editions in which any theme has a point, in order."""
    found: dict[str, dict[str, Any]] = {}
    for theme in body["themes"]:
        for point in theme["trend"]:
            if point["percentile"] is not None:
                found.setdefault(point["edition"], point)
    return sorted(found.values(), key=lambda point: (point["published_on"], point["edition"]))


def _downloads(body: dict[str, Any], asked: str) -> list[tuple[str, str, str]]:
    here = f"/{body['kind']}s/{quote(body['slug'])}"
    api = f"/api/v1{here}/profile"
    papers = [
        ("Paper for a board (PDF, A4)", f"{here}/report.pdf{asked}", "map, themes, money, services, sources"),
        ("The same paper (Word)", f"{here}/report.docx{asked}", "real tables and the map, to paste from"),
    ]  # fmt: skip
    drawn = here if body["kind"] == "neighbourhood" else f"{here}/profile"
    pictures = [
        (f"Map as a picture ({ending.upper()})", f"{drawn}/map.{ending}{asked}", use)
        for ending, use in (("png", "to paste"), ("svg", "lines that stay sharp"))
    ]
    return [
        *(papers if body["kind"] == "neighbourhood" else []),
        *pictures,
        ("Profile (JSON)", f"{api}{asked}", "every figure beside its receipt"),
        (
            "Figures (CSV)",
            f"{api}.csv{asked}",
            "a row each, with source, release, formula and rows",
        ),
        ("Workbook (XLSX)", f"{api}.xlsx{asked}", "figures, small areas, the nearest"),
        (
            "Small areas (GeoJSON)",
            f"{api}.geojson{asked}",
            "outlines with share, people, rank and tenth (decile)",
        ),
    ]
