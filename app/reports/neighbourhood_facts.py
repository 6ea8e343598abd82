"""Every figure and sentence of a neighbourhood's paper as plain values: the template is fed from nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.findings.words import percent2
from app.neighbourhoods.figures import figures_of
from app.profiles.profile import Profile
from app.reports.facts import NO_DATA, source_facts
from app.reports.queries import line_sources
from app.reports.wording import edition_name, kind_words
from app.resources.estate import services_of_ground
from app.resources.ground_money import NOTE, money_in_ground
from boundaries.footprints import Ground
from boundaries.queries import LayerMissing, layer_on, releases_of
from maps.classes import DEPRIVATION_BANDS, deprivation_bands

#: Of the lines of money and the services; all of them are in the neighbourhood's own downloads.
MOST_LINES = 10


def neighbourhood_facts(
    session: Session, made: Profile, ground: Ground, footprint_id: int, day: date
) -> dict[str, Any]:
    """Give all that the paper of a neighbourhood says, with whole pence and plain counts; missing is None.

    Served as `report.json`. ground, footprint_id : of the version that the profile is of.
    Raises LayerMissing.
    """
    body = made.body
    index, here = body["index"], body["ground"]
    figures = figures_of(session, ground, area_set=index["area_set"], footprint_id=footprint_id)
    money = money_in_ground(session, ground, figures, partnership_slug=body["partnership"])
    plain = money.as_plain()
    services = services_of_ground(session, ground)
    wards = _wards_on(session, day, demo=index["demo"])
    themes = [theme_facts(theme) for theme in body["themes"]]
    return {
        "title": body["title"], "slug": body["slug"], "version": body["version"], "date": day,
        "partnership": {"slug": body["partnership"], "name": made.ground.subject.partnership_title},
        "invented": index["demo"], "partial": index["partial"],
        "index": {
            "id": index["id"], "title": index["title"], "areas_ranked": index["areas_total"],
            "release": index["release"],
        },
        "finding": body["sentences"][0]["text"],
        "sentences": [sentence["text"] for sentence in body["sentences"][1:]],
        "areas": {"count": here["areas"], "whole": here["whole_areas"]},
        "people": {"count": here["people"], "source": here["people_source"]},
        "whole": themes[0], "themes": worst_first(themes[1:]),
        "editions": edition_facts(body["themes"][0]),
        "comparators": [
            {
                "name": one["name"], "level": one["value"], "areas": one["areas"], "people": one["people"],
                "level_written": None if one["value"] is None else f"{one['value']:.1f}",
            }
            for one in body["themes"][0]["comparators"]
        ],
        "small_areas": [area | {"share_written": percent2(area["share"])} for area in made.areas],
        "bands": band_rows([area["decile"] for area in made.areas]),
        "money": {
            **{name: plain[name] for name in ("stage", "located", "estimated", "lines_in_all")},
            "years": year_facts(plain["by_year_and_theme"]),
            "lines": plain["lines"][:MOST_LINES],
            "more_lines": plain["lines_in_all"] - len(plain["lines"][:MOST_LINES]), "note": NOTE,
        },
        "services": {
            "distance_m": int(services["distance_m"]),
            "kinds": [service_facts(kind) for kind in services["kinds"] if kind["nearest"]],
            "not_told": [kind_words(str(kind)) for kind in services["not_told"]],
        },
        "notes": body["notes"], "wards": wards,
        "sources": source_facts(
            [
                *_release_sources(session, index["release"]), *_release_sources(session, wards),
                *_edition_sources(body["receipts"]),
                *line_sources(session, [str(line["id"]) for line in money.lines]),
                *_service_sources(services["sources"]),
            ]
        ),
    }  # fmt: skip


def _wards_on(session: Session, day: date, *, demo: bool) -> str | None:
    """Name the release whose wards the map names; None where none is loaded."""
    try:
        return layer_on(session, "wd", day, demo=demo).id
    except LayerMissing:
        return None


def band_rows(deciles: list[int | None]) -> list[dict[str, Any]]:
    """Count small areas by national band, as the map's key does; those without a rank last, where there are any."""
    keys = list(deprivation_bands(pd.Series(deciles, dtype="Int64")))
    rows = [{"label": words, "areas": keys.count(key)} for key, words, *_ in DEPRIVATION_BANDS]
    unknown = keys.count(None)
    return [*rows, {"label": NO_DATA, "areas": unknown}] if unknown else rows


def theme_facts(theme: Mapping[str, Any]) -> dict[str, Any]:
    """Say of one theme where the place stands in England and among the small areas of its partnership."""
    place, own = theme["percentile_in_england"], theme["rank_in_partnership"]
    return {
        "measure": theme["measure"], "title": theme["title"], "percentile": place["percentile"],
        "rank": place["rank"], "of": place["of"], "reason": place["reason"],
        "middle_rank": theme["middle_rank"]["rank"],
        "share_in_worst_10": theme["share_in_worst_10"]["value"],
        "rank_in_partnership": own["rank"] if own else None, "of_in_partnership": own["of"] if own else None,
    }  # fmt: skip


def worst_first(themes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Order themes by the national rank, those without one last; equal ones as the index lists them."""
    return sorted(themes, key=lambda theme: (theme["rank"] is None, theme["rank"] or 0))


def edition_facts(theme: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List how the same ground stood by each edition that ranks it, the oldest first."""
    return [
        {
            "edition": point["edition"], "name": edition_name(point["edition"]),
            "title": point["title"], "percentile": point["percentile"],
            "rank": point["rank"], "of": point["of"], "rebased": point["rebased"],
        }
        for point in sorted(theme["trend"], key=lambda point: (point["published_on"], point["edition"]))
        if point["percentile"] is not None
    ]  # fmt: skip


def year_facts(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sum the money of a neighbourhood by year over its themes, located and estimated apart."""
    years: dict[str | None, dict[str, Any]] = {}
    for row in rows:
        year = years.setdefault(
            row["year"],
            {"year": row["year"], "lines": 0, "located_pence": 0, "estimated_pence": 0},
        )
        year["lines"] += row["located_lines"] + row["estimated_lines"]
        year["located_pence"] += row["located_pence"]
        year["estimated_pence"] += row["estimated_pence"]
    return list(years.values())


def service_facts(kind: Mapping[str, Any]) -> dict[str, Any]:
    """Say of one kind of service how many there are, and the nearest with its distance in whole metres."""
    nearest = kind["nearest"]
    return {
        "kind": kind_words(str(kind["kind"])), "covered": kind["covered"], "inside": kind["inside"],
        "within": kind["within"], "nearest": nearest["name"], "distance_m": int(nearest["distance_m"]),
    }  # fmt: skip


def _release_sources(session: Session, release: str | None) -> list[dict[str, Any]]:
    return [
        {
            "title": row.title, "publisher": row.publisher, "licence": row.licence,
            "attribution": row.attribution, "quality": row.quality,
        }
        for row in releases_of(session, [release] if release else [])
    ]  # fmt: skip


def _edition_sources(receipts: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    editions = {told["edition"]: told for told in receipts.values()}
    return [
        {
            "title": title, "publisher": told["publisher"], "licence": told["licence"],
            "attribution": told["attribution"], "quality": "official",
        }
        for title, told in editions.items()
    ]  # fmt: skip


def _service_sources(sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "title": source["title"], "publisher": source.get("publisher", ""),
            "licence": source.get("licence", ""), "attribution": source["attribution"],
            "quality": "as published",
        }
        for source in sources
    ]  # fmt: skip
