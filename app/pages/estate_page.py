"""The page of an estate: a list of postcodes pasted into a form, its people, areas and money; works without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from app.dependencies import Heavy, ReadSession
from app.findings.words import count, counted
from app.neighbourhoods.preview import preview
from app.neighbourhoods.queries import Neighbourhood, list_neighbourhoods
from app.neighbourhoods.saying import MOST_LETTERS, say_postcodes
from app.pages import queries
from app.pages.rendering import page
from app.pages.works import thanks
from app.resources.ground_money import NOTE, money_in_ground
from app.sources.credits import PEOPLE, POSTCODES, credit_lines
from boundaries.errors import BoundsError, Fault, Invalid, NotFound

router = APIRouter(include_in_schema=False)
WAYS = (
    ("population_share", "Population share", "by the ground within 50 m of its postcodes"),
    ("postcode_share", "Postcode share", "by current postcodes"),
    ("best_fit", "Best fit", "small areas whose centre of people lies inside, whole"),
)


@dataclass(frozen=True)
class EstateView:
    """What the template reads: the list as written, its answer or why there is none, and what is saved here."""

    written: str
    saved: list[Neighbourhood]
    body: dict[str, Any] | None = None
    money: dict[str, Any] | None = None
    thanks: tuple[str, ...] = ()
    sentence: str = ""
    problem: str = ""
    faults: tuple[Fault, ...] = ()

    @property
    def ways(self) -> tuple[tuple[str, str, str], ...]:
        """The three estimates: key, name, how each is made."""
        return WAYS

    @property
    def money_note(self) -> str:
        """What the money is of."""
        return NOTE


@router.get("/neighbourhoods", response_class=HTMLResponse, dependencies=[Heavy])
def estate_page(
    request: Request, session: ReadSession,
    postcodes: Annotated[str, Query(max_length=MOST_LETTERS)] = "",
) -> HTMLResponse:  # fmt: skip
    """Paste an estate's postcodes and see people, areas and money at once; and the neighbourhoods saved here."""
    saved, called = list_neighbourhoods(session), queries.partnership_names(session)
    if not postcodes.strip():
        return page(request, "estate.html", view=EstateView("", saved), partnership_names=called)
    try:
        view = _answered(session, postcodes, saved)
    except (Invalid, NotFound) as problem:
        answer = page(
            request,
            "estate.html",
            view=_refused(postcodes, saved, problem),
            partnership_names=called,
        )
        answer.status_code = 422
        return answer
    return page(request, "estate.html", view=view, partnership_names=called)


def _answered(session: Session, written: str, saved: list[Neighbourhood]) -> EstateView:
    said = say_postcodes(session, written)
    body, figures = preview(session, said)
    money = money_in_ground(session, said.ground, figures).as_plain()
    works = thanks(
        session,
        releases=[str(body["inputs"]["release"])],
        lines=[line["id"] for line in money["lines"]],
    )
    counted_by = [] if said.ground.demo else credit_lines(session, PEOPLE, POSTCODES)
    return EstateView(written, saved, body, money, (*works, *counted_by), _sentence(body))


def _sentence(body: dict[str, Any]) -> str:
    """Write the finding: how many people, how sure, on how many postcodes, and where."""
    people, entries = body["people"], body["entries"]
    listed = counted(entries["taken"] - len(entries["ended"]), "current postcode")
    where = f", most like the {body['named_by']} {body['name']}" if body["name"] else ""
    if people["value"] is None:
        return f"{listed}{where}; how many people live there is not known."
    low, high = people["range"]["low"], people["range"]["high"]
    sure = "" if low == high else f" ({count(low)} to {count(high)})"
    return f"About {count(people['value'])} people{sure} live at {listed}{where}."


def _refused(written: str, saved: list[Neighbourhood], problem: BoundsError) -> EstateView:
    return EstateView(written, saved, problem=problem.detail, faults=problem.faults)
