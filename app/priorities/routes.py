"""HTTP face of priorities: compute a designation, compare two, save one, read one back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from app.dependencies import AsAt, Editor, Paging, ReadSession, WriteSession
from app.exports.xlsx import MEDIA_TYPE as XLSX
from app.exports.xlsx import write_xlsx
from app.priorities import actions, queries
from app.priorities.cliff import read_perturbation
from app.priorities.methods.conditions import worst_percent
from app.priorities.methods.perturb import Perturbation
from app.priorities.methods.rules import read_rule_text
from app.priorities.own_actions import read_weights
from app.priorities.queries import Place
from app.priorities.schemas import NewDesignation, designation_body, designation_line
from app.priorities.sheets import area_rows, as_csv, as_geojson, as_sheets
from app.priorities.shipped import get_rule, kept_rules, named_rule
from boundaries.crs import BNG, WGS84
from boundaries.errors import Fault, Invalid

router = APIRouter(tags=["priorities"])

DEFAULT_WORST = 10
_CRS = {f"EPSG:{BNG}": True, f"EPSG:{WGS84}": False}
_LISTED_CODES = 400_000

Slug = Annotated[str, Path(max_length=120)]
DesignationId = Annotated[str, Path(max_length=120)]
Areas = Annotated[
    str | None,
    Query(
        max_length=_LISTED_CODES,
        description="codes or names with commas between: districts, counties, regions, small areas",
    ),
]
Partnership = Annotated[str | None, Query(max_length=120, description="slug of a partnership")]
RuleText = Annotated[
    str | None, Query(description="a rule in the rule language, as JSON, or the name of a kept one")
]
Worst = Annotated[
    int | None,
    Query(ge=1, le=100, description="short for: national percentile of imd at most this"),
]
IndexId = Annotated[str | None, Query(max_length=120, description="index id, e.g. imd-2019")]
WeightsText = Annotated[
    str | None,
    Query(
        max_length=4_000,
        description="weights of your own by domain, as JSON: imd then means what they compose",
    ),
]
SeedText = Annotated[str | None, Query(description="seed of the perturbations, default 1")]
DrawsText = Annotated[str | None, Query(description="how many perturbations, default 1,000")]
Perturb = Annotated[
    str | None,
    Query(
        max_length=200,
        description="what is shaken: some of weights,thresholds,year (default all), or none",
    ),
]
Crs = Annotated[str | None, Query(description="EPSG code of the coordinates; default lon/lat")]


def read_place(
    session: ReadSession, day: AsAt, areas: str | None, partnership: str | None
) -> Place:
    """Find the ground asked about. Raises Invalid unless exactly one of the two is given."""
    if (areas is None) == (partnership is None):
        detail = "give either areas or partnership"
        raise Invalid(detail, [Fault(detail, pointer="/areas")])
    if partnership is not None:
        return queries.find_partnership_place(session, partnership)
    words = [word.strip() for word in (areas or "").split(",") if word.strip()]
    return queries.find_place(session, words, day)


def read_rule(rule: str | None, worst: int | None) -> object:
    """Read the rule asked for; without one the worst tenth. Raises Invalid for both at once."""
    if rule is not None and worst is not None:
        detail = "give either rule or worst"
        raise Invalid(detail, [Fault(detail, pointer="/worst")])
    if rule is None:
        return worst_percent(worst or DEFAULT_WORST)
    kept = named_rule(rule)
    return read_rule_text(rule) if kept is None else kept.rule


@dataclass(frozen=True)
class Question:
    """What the three addresses of a designation ask alike."""

    areas: str | None
    partnership: str | None
    index: str | None
    rule: str | None
    worst: int | None
    weights: str | None
    seed: str | None
    draws: str | None
    perturb: str | None

    def answer(self, session: ReadSession, day: AsAt) -> dict[str, Any]:
        """Designate, and give the answer as plain values."""
        given = read_rule(self.rule, self.worst)
        kept = None if self.rule is None else named_rule(self.rule)
        index = self.index or (kept.index if kept is not None else None)
        weights = read_weights(self.weights)
        perturbation = read_perturbation(self.seed, self.draws, self.perturb)
        place = read_place(session, day, self.areas, self.partnership)
        made = actions.designate(
            session, place, given, index, weights=weights, perturbation=perturbation
        )
        return made.as_plain()


def question(
    areas: Areas = None, partnership: Partnership = None, index: IndexId = None,
    rule: RuleText = None, worst: Worst = None, weights: WeightsText = None, seed: SeedText = None,
    draws: DrawsText = None, perturb: Perturb = None,
) -> Question:  # fmt: skip
    """Gather the parameters of a designation."""
    return Question(areas, partnership, index, rule, worst, weights, seed, draws, perturb)


Asked = Annotated[Question, Depends(question)]


@router.get("/rules")
def rules(request: Request, page: Paging) -> dict[str, Any]:
    """Rules that governments have chosen by, kept here by name, with their sources and limits."""
    key = page.after_key(str)
    left = [rule for rule in kept_rules().values() if key is None or rule.id > key[0]]
    shown = left[: page.limit]
    last = [shown[-1].id] if len(left) > len(shown) else None
    return page.answer(request, [rule.as_plain() for rule in shown], len(kept_rules()), last)


@router.get("/rules/{rule_id}")
def one_rule(rule_id: Annotated[str, Path(max_length=60)]) -> dict[str, Any]:
    """One kept rule."""
    return get_rule(rule_id).as_plain()


@router.get("/designate")
def designate(session: ReadSession, day: AsAt, asked: Asked) -> Response:
    """Apply a rule to a place's small areas; nothing is saved.

    Each area says whether it is selected or cannot be told, each clause with value, threshold and
    margin (0 or more is inside), the steps that put it there, and the smallest change of its own
    that would flip it. `stability` is the share of seeded perturbations in which it is selected, to the
    nearest 0.05; `perturbations` names the contested areas (5 to 95 %). `groups` are the priority
    neighbourhoods the selected areas form.
    """
    return Response(orjson.dumps(asked.answer(session, day)), media_type="application/json")


@router.get("/designate.csv", response_class=Response)
def designate_csv(session: ReadSession, day: AsAt, asked: Asked) -> Response:
    """The same as CSV, one row an area."""
    return _csv(asked.answer(session, day), "designation")


@router.get("/designate.xlsx", response_class=Response)
def designate_xlsx(session: ReadSession, day: AsAt, asked: Asked) -> Response:
    """The same as an Excel workbook: areas, and the neighbourhoods they form."""
    return _xlsx(asked.answer(session, day), "designation")


@router.get("/designate.geojson", response_class=Response)
def designate_geojson(session: ReadSession, day: AsAt, asked: Asked, crs: Crs = None) -> Response:
    """The same as GeoJSON, one feature an area."""
    return _geojson(session, asked.answer(session, day), crs)


@router.post("/partnerships/{slug}/designations", status_code=201)
def save_designation(
    session: WriteSession, actor: Editor, slug: Slug, body: NewDesignation
) -> JSONResponse:
    """Designate and keep the result for good."""
    row = actions.save_designation(
        session, slug, body.rule, body.index, body.name, actor, weights=body.weights,
        standardise=body.standardise, perturbation=Perturbation(body.seed, body.draws),
    )  # fmt: skip
    headers = {"Location": f"/api/v1/designations/{row.id}"}
    return JSONResponse(designation_body(row), status_code=201, headers=headers)


@router.get("/partnerships/{slug}/designations")
def list_designations(
    request: Request, session: ReadSession, page: Paging, slug: Slug
) -> dict[str, Any]:
    """A partnership's saved designations, in order of id."""
    queries.find_partnership_place(session, slug)
    key = page.after_key(str)
    rows = sorted(queries.list_designations(session, slug), key=lambda row: row.id)
    left = [row for row in rows if key is None or row.id > key[0]]
    shown = left[: page.limit]
    last = [shown[-1].id] if len(left) > len(shown) else None
    return page.answer(request, [designation_line(row) for row in shown], len(rows), last)


@router.get("/designations/{designation_id}.geojson", response_class=Response)
def saved_geojson(session: ReadSession, designation_id: DesignationId, crs: Crs = None) -> Response:
    """A saved designation as GeoJSON."""
    saved = queries.get_designation(session, designation_id)
    return _geojson(session, saved.result, crs)


@router.get("/designations/{designation_id}.xlsx", response_class=Response)
def saved_xlsx(session: ReadSession, designation_id: DesignationId) -> Response:
    """A saved designation as an Excel workbook."""
    return _xlsx(queries.get_designation(session, designation_id).result, designation_id)


@router.get("/designations/{designation_id}.csv", response_class=Response)
def saved_csv(session: ReadSession, designation_id: DesignationId) -> Response:
    """A saved designation as CSV."""
    return _csv(queries.get_designation(session, designation_id).result, designation_id)


@router.get("/designations/{designation_id}")
def saved_designation(session: ReadSession, designation_id: DesignationId) -> JSONResponse:
    """A saved designation as it was; `newer_inputs` says how many areas today's inputs change."""
    saved = queries.get_designation(session, designation_id)
    return JSONResponse(designation_body(saved, actions.count_differences(session, saved)))


def _xlsx(result: dict[str, Any], name: str) -> Response:
    safe = "".join(letter for letter in name if letter.isalnum() or letter in "-_")
    headers = {"Content-Disposition": f'attachment; filename="{safe}.xlsx"'}
    return Response(write_xlsx(as_sheets(result)), media_type=XLSX, headers=headers)


def _csv(result: dict[str, Any], name: str) -> Response:
    safe = "".join(letter for letter in name if letter.isalnum() or letter in "-_")
    return Response(
        as_csv(area_rows(result)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{safe}.csv"'},
    )


def _geojson(session: ReadSession, result: dict[str, Any], crs: str | None) -> Response:
    if crs is not None and crs not in _CRS:
        detail = f"crs is one of {', '.join(_CRS)}"
        raise Invalid(detail, [Fault(detail, pointer="/crs", value=crs[:40])])
    in_metres = _CRS[crs] if crs is not None else False
    codes = [area["code"] for area in result["areas"]]
    outlines = queries.find_outlines(session, result["index"]["release"], codes, in_metres)
    name = f"urn:ogc:def:crs:EPSG::{BNG}" if in_metres else None
    headers = {"Content-Crs": f"<http://www.opengis.net/def/crs/EPSG/0/{BNG}>"} if in_metres else {}
    text = as_geojson(result, outlines, name)
    return Response(text, media_type="application/geo+json", headers=headers)
