"""HTTP face of profiles: of a partnership, and the rows behind each number."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.orm import Session

from app.dependencies import AsAt, Heavy, ReadSession
from app.exports.csv import MEDIA_TYPE, write_csv
from app.indicators.queries import IndexRow, get_index
from app.priorities.queries import choose_index, find_partnership_place
from app.profiles.profile import neighbourhood_profile, partnership_profile
from app.profiles.rows import rows_of
from app.profiles.subject import index_of_neighbourhood, neighbourhood_subject, partnership_subject

router = APIRouter(tags=["profiles"])

Slug = Annotated[str, Path(max_length=120)]
IndexId = Annotated[str | None, Query(max_length=60, description="index id, e.g. imd-2019")]
Edition = Annotated[
    str | None, Query(max_length=60, description="the edition that a trend's number is of")
]
Measure = Annotated[
    str, Query(max_length=60, description="imd, a domain, or domains for all of them")
]
Of = Annotated[
    str,
    Query(
        max_length=60,
        description="whose rows: here, partnership, england, nearest, councils, district:CODE, region:CODE",
    ),
]

Version = Annotated[int | None, Query(ge=1, le=10**6, description="of the neighbourhood's ground")]


@router.get("/partnerships/{slug}/profile", dependencies=[Heavy])
def of_partnership(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None
) -> dict[str, Any]:
    """A partnership by theme: level, standing, comparators, trend, drivers; each number with its receipt."""
    return partnership_profile(session, slug, index, day)


@router.get("/partnerships/{slug}/profile/rows.csv", response_class=Response, dependencies=[Heavy])
def rows_of_partnership(
    session: ReadSession, slug: Slug, day: AsAt, measure: Measure = "imd", of: Of = "here",
    index: IndexId = None, edition: Edition = None,
) -> Response:  # fmt: skip
    """The rows behind one number of a partnership's profile, as its receipt addresses them."""
    chosen = _index_of_partnership(session, slug, index)
    subject = partnership_subject(session, slug, chosen)
    other = get_index(session, edition) if edition else chosen
    sheet = rows_of(session, subject, chosen, other, measure, of, day)
    return csv_download(write_csv(sheet), f"{slug}-{measure}-rows")


@router.get("/neighbourhoods/{slug}/profile", dependencies=[Heavy])
def of_neighbourhood(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None, version: Version = None
) -> dict[str, Any]:
    """A neighbourhood by theme, as its newest or an older version has it; each number with its receipt."""
    return neighbourhood_profile(session, slug, index, day, version)


@router.get(
    "/neighbourhoods/{slug}/profile/rows.csv", response_class=Response, dependencies=[Heavy]
)
def rows_of_neighbourhood(
    session: ReadSession, slug: Slug, day: AsAt, measure: Measure = "imd", of: Of = "here",
    index: IndexId = None, edition: Edition = None, version: Version = None,
) -> Response:  # fmt: skip
    """The rows behind one number of a neighbourhood's profile, as its receipt addresses them."""
    chosen = index_of_neighbourhood(session, slug, index)
    subject = neighbourhood_subject(session, slug, chosen, version)
    other = get_index(session, edition) if edition else chosen
    sheet = rows_of(session, subject, chosen, other, measure, of, day)
    return csv_download(write_csv(sheet), f"{slug}-{measure}-rows")


def _index_of_partnership(session: Session, slug: str, index_id: str | None) -> IndexRow:
    place = find_partnership_place(session, slug)
    return get_index(session, index_id or choose_index(session, place))


def csv_download(body: bytes, name: str) -> Response:
    """Answer with a CSV file under a plain name."""
    plain = "".join(
        letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-_")
    )
    return Response(
        body, media_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{plain[:100]}.csv"'},
    )  # fmt: skip
