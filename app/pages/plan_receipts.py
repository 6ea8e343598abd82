"""Receipts of the pages of one area, of progress and of statements: each figure with the rows that give it again.

They are receipts as a place's own: the formula is in the words of the downloaded file. A figure whose rows no
download holds has none.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy.orm import Session

from app.findings.words import count, percent2, pounds
from app.neighbourhoods.within import index_of_set
from app.pages import queries
from app.pages.beside_view import BesideView
from app.pages.place_receipts import Receipt
from app.profiles.subject import WHOLE_TYPES
from app.resources.methods.dates import is_financial_year
from app.resources.methods.ledger import BUCKETS, NEIGHBOURHOODS, REST
from app.strategies.methods.promise import year_of
from boundaries.crs import BNG

# How the standard API names the National Grid.
GRID = f"http://www.opengis.net/def/crs/EPSG/0/{BNG}"
_IN = {NEIGHBOURHOODS: "in its neighbourhoods", REST: "in the rest of it"}
# Which set's rows a council's own count is the sum of.
_SETS = ("lsoa-2011", "lsoa-2021")


def area_receipts(
    session: Session, body: dict[str, Any], beside: BesideView | None = None
) -> tuple[list[Receipt], list[str]]:
    """List the receipts of an area's page, and the sources of the figures in them.

    body : that of `/api/v1/areas/{code}`. People have one where an index's small areas hold the same count.
    """
    found, inputs = _people_of(session, body)
    source = body["source"]
    if body["area_m2"] is not None and source is not None:
        asked = urlencode(
            {"f": "csv", "filter": f"code = '{body['code']}'", "filter-lang": "cql2-text"}
        )
        found.append(
            Receipt(
                "Area", f"{body['area_m2']:,.0f} m²", body["area_m2"], f"{source['edition']} ({body['release']})",
                "coordinates", f"/ogc/collections/{quote(body['release'])}/items?{asked}", "sum", "area_m2",
                (("code", body["code"]),),
            )
        )  # fmt: skip
        inputs.append(source["edition"])
    if beside is not None and beside.rows:
        found += _shares(body["code"], beside)
        inputs.append(beside.said.partition(" on ")[0])
    return found, list(dict.fromkeys(inputs))


def _shares(code: str, beside: BesideView) -> list[Receipt]:
    """List the receipts of the shares, by area and by people, that an area and those beside it have of each other."""
    asked = {"type": beside.chosen} | ({"as_at": beside.day.isoformat()} if beside.day else {})
    rows = f"/api/v1/areas/{quote(code)}/relations.csv?{urlencode(asked)}"
    return [
        Receipt(
            f"{row['name']}: {words}", percent2(row[key]), 100 * row[key], beside.said.partition(" on ")[0],
            "alignment", rows if part == "overlap_m2" else f"{rows}&people=true", "share", part,
            (("code", row["code"]),), (whole, (("code", row["code"]),)),
        )
        for row in beside.rows
        for key, words, part, whole in (
            ("share_of_this", "share of this area", "overlap_m2", "this_m2"),
            ("population_share_of_this", "share of this area’s people", "overlap_people", "this_people"),
            ("share_of_that", "share of that area", "overlap_m2", "that_m2"),
            ("population_share_of_that", "share of that area’s people", "overlap_people", "that_people"),
        )
        if row[key] is not None
    ]  # fmt: skip


def _people_of(session: Session, body: dict[str, Any]) -> tuple[list[Receipt], list[str]]:
    weight = queries.people_counted(session, body["code"])
    if weight is None or body["type"] not in WHOLE_TYPES or body["status"] != "current":
        return [], []
    sets = (weight.area_set,) if weight.area_set in _SETS else _SETS[:1]
    index = index_of_set(session, sets[0], demo=body["demo"])
    if index is None:
        return [], []
    rows = f"/api/v1/profile/rows.csv?{urlencode({'codes': body['code'], 'index': index.id})}"
    said = f"{'estimated, ' if weight.estimated else ''}{weight.period}"
    people = body["population"]
    made = Receipt(
        "People", count(people), people, f"people: {said}", "profiles", rows, "sum", "residents", ()
    )
    return [made], [f"People, {said}: {weight.source}"]


def progress_receipts(slug: str, body: dict[str, Any]) -> list[Receipt]:
    """List the receipts of the money on a page of progress: each year's, or the chosen year's, by stage and bucket."""
    found = []
    for stage in body["spent"]["stages"]:
        for row in stage["years"]:
            if not is_financial_year(row["year"]) or body["year"] not in (None, row["year"]):
                continue
            asked = {"stage": stage["stage"], "neighbourhoods": body["spent"]["neighbourhoods_are"]}
            for bucket, words in _IN.items():
                pence = row[f"{bucket}_pence"]
                where = (("bucket", bucket), ("financial_year", row["year"]), ("in_totals", "true"))
                found.append(
                    Receipt(
                        f"Money {stage['stage']} in {row['year']}, {words}", pounds(pence), pence,
                        f"lines of money {stage['stage']}, of every file", "money",
                        f"/api/v1/partnerships/{quote(slug)}/ledger.csv?{urlencode(asked)}", "sum",
                        "amount_pence", where,
                    )
                )  # fmt: skip
    return found


def target_receipts(slug: str, day: date, body: dict[str, Any]) -> list[Receipt]:
    """List the receipts of how targets stand: of each subject the figure, where it began, and what was promised.

    body : that of a partnership's progress. What is stated by the target itself, and not made of figures, has none.
    """
    found = []
    for target in (*body["targets"], *body["national"]):
        series = target["series"]
        if series is None:
            continue
        began = target["baseline_period"]
        for subject in target["subjects"]:
            figure = _figure_of(target, subject["code"])
            less = target["reduction_share"]
            asked = [("latest", subject["figure"], target["period"], figure)]
            if target["baseline_value"] is None:
                asked.append(("baseline", subject["baseline"], began, figure))
                if target["threshold"] is None and less is not None:
                    promised = f"{1 - less:.12g} × ({figure})" if less else figure
                    asked.append(("promised", subject["threshold"], began, promised))
                if said := _asked_by_then(target, subject, figure):
                    asked.append(("asked by then", subject["expected"], began, said))
            for words, number, period, said in asked:
                if number is None:
                    continue
                query = {"period": period, "partnership": slug, "as_at": str(day)}
                found.append(
                    Receipt(
                        f"{target['title']}, {subject['name']}: {words}", f"{number:.2f}", number,
                        f"{series['title']}, {period}", "targets",
                        f"/api/v1/targets/{quote(target['id'])}/rows.csv?{urlencode(query)}", "said", "value", (),
                        said=said,
                    )
                )  # fmt: skip
    return found


def _asked_by_then(target: dict[str, Any], subject: dict[str, Any], figure: str) -> str:
    """Say how what the path asks by a period follows from where it began; nothing where it is stated, or not known.

    figure : how the figure is made of the baseline's rows, none of them stated by the target itself.
    """
    asked, began, final = subject["expected"], subject["baseline"], subject["threshold"]
    if asked is None or began is None or final is None:
        return ""
    stated, less = target["threshold"], target["reduction_share"]
    promised = f"{stated:.12g}" if stated is not None else f"{1 - less:.12g} × ({figure})"
    if asked == began:
        return figure
    if asked == final:
        return "" if stated is not None else promised
    start, end = year_of(target["baseline_period"]), year_of(target["due_period"])
    now = year_of(target["period"])
    if target["path"] != "linear" or start is None or end is None or now is None or end <= start:
        return ""
    gone = f"{now - start:.12g} ÷ {end - start:.12g}"
    return f"({figure}) − {gone} × (({figure}) − {promised})"


def _figure_of(target: dict[str, Any], code: str | None) -> str:
    """Say how a target's figure is made, in the words of its rows."""
    average = "sum of weighed over the rows ÷ sum of weight over the rows"
    if target["kind"] == "tail-gap":
        tail = "sum of weighed over the rows where in_tail is true ÷ sum of weight over the rows where in_tail is true"
        return f"{tail} − {average}" if target["higher_is_worse"] else f"{average} − {tail}"
    own = f"sum of value over the rows where code is {code}"
    if code is None:
        here = " over the rows where in_place is true"
        counted = target["series"]["nature"] == "extensive"
        own = f"sum of value{here}" if counted else f"sum of weighed{here} ÷ sum of weight{here}"
    return f"({own}) ÷ ({average})" if target["kind"] == "ratio" else own


def statement_receipts(slug: str, body: dict[str, Any]) -> list[Receipt]:
    """List the receipts of statements: the money of each programme and stage by where it counts.

    What regrants pass on, and match funding beside, are told by line in the statement's own files and by no
    column of the ledger's: a stage with either has no receipt.
    """
    found = []
    for statement in body["statements"]:
        for use in statement["use"]:
            if use["regranted_pence"] or use["match_lines"]:
                continue
            for row in use["by_place"]:
                if not row["lines"] or row["bucket"] not in BUCKETS:
                    continue
                where = [("bucket", row["bucket"]), ("in_totals", "true")]
                where += [("certainty", row["certainty"])] if row["certainty"] else []
                where += [
                    ("programme_id", statement["programme"]["id"]),
                    ("financial_year", statement["year"]),
                ]
                asked = {"stage": use["stage"], "index": body["index"]}
                found.append(
                    Receipt(
                        f"{statement['caption']}, {use['stage']}: {row['label']}", pounds(row["pence"]), row["pence"],
                        f"lines of money {use['stage']}, of every file", "statements",
                        f"/api/v1/partnerships/{quote(slug)}/ledger.csv?{urlencode(asked)}", "sum", "amount_pence",
                        tuple(where),
                    )
                )  # fmt: skip
    return found


def distance_receipts(place: dict[str, Any]) -> list[Receipt]:
    """List the receipts of how far a postcode's point is from each border: the outline that it was measured to.

    place : the body of `/api/v1/lookup/postcode/{postcode}`.
    """
    if place.get("easting") is None:
        return []
    point = f"easting {place['easting']}, northing {place['northing']}"
    return [
        Receipt(
            f"{area['name']} ({area['kind']}), to its border", f"{area['distance_to_boundary_m']:,.1f} m",
            area["distance_to_boundary_m"], area["release"], "lookup",
            f"/ogc/collections/{quote(area['release'])}/items/{quote(area['code'])}?{urlencode({'crs': GRID})}",
            "distance", "", (), said=f"distance from {point} to the edge of the outline, metres", rows_are="GeoJSON",
        )
        for area in place["areas"]
        if area.get("distance_to_boundary_m") is not None and area.get("release")
    ]  # fmt: skip
