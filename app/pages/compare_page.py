"""The page of comparisons, the shapes of its map, and the page of a board's check."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from app.dependencies import AsAt, Heavy, ReadSession
from app.findings.profile_sketch import profile_layers
from app.pages.compare_places_view import places_view
from app.pages.compare_view import choices, comparison_layers, lists_view, side_layers
from app.pages.kept import kept_text
from app.pages.rendering import fill, written_page
from app.pages.works import thanks
from app.priorities.compare_routes import compare_as_asked
from app.priorities.lists import ListsCompared
from app.profiles.board_check import (
    LEAST_PEOPLE,
    MOST_PEOPLE,
    PROGRAMME,
    board_check_of_codes,
    board_check_of_neighbourhood,
)
from app.profiles.place_words import LONGEST, read_place
from app.profiles.places_compared import compare_places, known_place, profile_of_place
from boundaries.errors import Fault, Invalid
from maps.leaflet import map_geojson

router = APIRouter(include_in_schema=False)
MAP_TOLERANCE_M = 10.0
_SHORT = Query(max_length=120)
Short = Annotated[str, _SHORT]


class ListsAsked:
    """The two lists in an address, as `/api/v1/compare-designations` takes them; empty words ask for nothing."""

    def __init__(
        self,
        designation: Short = "", against_designation: Short = "", partnership: Short = "",
        areas: Annotated[str, Query(max_length=4000)] = "", index: Short = "", against: Short = "",
        worst: Annotated[str, Query(max_length=3)] = "", rule: Annotated[str, Query(max_length=20_000)] = "",
        on: Short = "",
    ) -> None:  # fmt: skip
        given = {
            "designation": designation, "against_designation": against_designation,
            "partnership": partnership, "areas": areas, "index": index, "against": against,
            "worst": worst, "rule": rule, "on": on,
        }  # fmt: skip
        self.words = {name: words.strip() for name, words in given.items() if words.strip()}

    @property
    def is_asked(self) -> bool:
        """Say whether lists are asked for."""
        return any(
            name in self.words
            for name in ("designation", "against_designation", "partnership", "areas")
        )

    def compare(self, session: Session, day: AsAt) -> ListsCompared:
        """Compare them. Raises what the comparison raises, and Invalid for a share that is no number."""
        said = self.words
        worst = said.get("worst")
        if worst is not None and not (
            worst.isascii() and worst.isdigit() and 1 <= int(worst) <= 100
        ):
            detail = "the most deprived share is a whole number from 1 to 100"
            raise Invalid(detail, [Fault(detail, pointer="/worst", value=worst)])
        share = int(worst) if worst is not None else None
        one, other = said.get("designation"), said.get("against_designation")
        first = (
            (one, None, None, None) if one else (None, said.get("index"), said.get("rule"), share)
        )
        second = (other, None, None, None) if other else (None, said.get("against"), None, None)
        return compare_as_asked(
            session, day, said.get("areas"), said.get("partnership"), first, second, said.get("on")
        )


Lists = Annotated[ListsAsked, Depends(ListsAsked)]
Places = Annotated[list[str] | None, Query(max_length=50)]
First = Annotated[str, Query(max_length=LONGEST)]


@router.get("/compare", response_class=HTMLResponse, dependencies=[Heavy])
def compare_page(
    request: Request, session: ReadSession, day: AsAt, lists: Lists, place: Places = None, first: First = "",
    stage: Short = "awarded", year: Short = "",
) -> HTMLResponse:  # fmt: skip
    """Two lists, kept, added and dropped; or two to four places side by side; or what there is to compare.

    first : a place that the form begins with; nothing is compared yet.
    """

    def make() -> str:
        places = [one.strip() for one in place or [] if one.strip()]
        seen = found = None
        chosen = places or [first.strip()]
        if len(places) == 1:
            # One place is a beginning, not a fault: the form says that another is wanted.
            chosen = [known_place(session, chosen[0]).words]
        elif places:
            index = lists.words.get("index")
            made = compare_places(
                session, places, index, day, stage=stage or "awarded", year=year or None
            )
            asked = [("place", one.asked.words) for one in made.places]
            asked += [(name, words) for name, words in (("index", index), ("year", year)) if words]
            asked += [("stage", stage)] if stage not in ("", "awarded") else []
            asked += [("as_at", day.isoformat())] if "as_at" in request.query_params else []
            seen = places_view(session, made, asked)
        elif lists.is_asked:
            found = lists_view(session, lists.compare(session, day), lists.words)
        return fill(
            request, "compare.html", offered=choices(session), lists=found, places=seen,
            chosen=chosen, asked=lists.words, stage=stage, year=year,
        )  # fmt: skip

    return written_page(request, kept_text(request, session, make))


@router.get("/compare/map.geojson", response_class=Response, dependencies=[Heavy])
def compare_map(
    request: Request, session: ReadSession, day: AsAt, lists: Lists,
    side: Literal["both", "older", "newer"] = "both",
) -> Response:  # fmt: skip
    """The shapes that Leaflet draws of two lists, or of one of them by itself."""

    def make() -> str:
        layers = comparison_layers(session, lists.compare(session, day))
        shown = side_layers(layers, side) if layers and side != "both" else layers
        return map_geojson(shown, tolerance_m=MAP_TOLERANCE_M).decode()

    return Response(kept_text(request, session, make), media_type="application/geo+json")


@router.get("/compare/place.geojson", response_class=Response, dependencies=[Heavy])
def compared_place_map(
    request: Request, session: ReadSession, day: AsAt, place: First, index: Short = ""
) -> Response:
    """The shapes that Leaflet draws of one place among several."""

    def make() -> str:
        made, ground = profile_of_place(session, read_place(place), index.strip() or None, day)
        layers = profile_layers(session, made, ground)
        return map_geojson(layers, tolerance_m=MAP_TOLERANCE_M).decode()

    return Response(kept_text(request, session, make), media_type="application/geo+json")


@router.get("/board-check", response_class=HTMLResponse, dependencies=[Heavy])
def board_page(
    request: Request, session: ReadSession, day: AsAt, neighbourhood: Short = "",
    codes: Annotated[str, Query(max_length=40_000)] = "", default: Short = "",
    people_min: Annotated[int, Query(ge=1, le=10**7)] = LEAST_PEOPLE,
    people_max: Annotated[int, Query(ge=1, le=10**7)] = MOST_PEOPLE,
) -> HTMLResponse:  # fmt: skip
    """A form for codes, and what a board's boundary of them, or of a neighbourhood, comes to."""

    def make() -> str:
        body: dict[str, Any] | None = None
        band, area = (people_min, people_max), default.strip() or None
        if neighbourhood.strip():
            body = board_check_of_neighbourhood(
                session, neighbourhood.strip(), day, default=area, band=band
            )
        elif codes.strip():
            listed = codes.replace("\n", ",").replace(" ", ",").replace(";", ",").split(",")
            body = board_check_of_codes(session, listed, day, default=area, band=band)
        return fill(
            request, "board.html", body=body, codes=codes, neighbourhood=neighbourhood, default=default,
            people_min=people_min, people_max=people_max, programme=PROGRAMME,
            thanks=thanks(session, releases=[body["release"]]) if body else [],
            query=request.url.query,
        )  # fmt: skip

    return written_page(request, kept_text(request, session, make))
