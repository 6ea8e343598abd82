"""HTTP face of profiles: of a partnership, and the rows behind each number."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.orm import Session

from app.dependencies import AsAt, Heavy, ReadSession
from app.exports.csv import MEDIA_TYPE, write_csv
from app.indicators.queries import IndexRow, get_index
from app.priorities.queries import choose_index, find_partnership_place
from app.profiles.board_check import (
    LEAST_PEOPLE,
    MOST_PEOPLE,
    PROGRAMME,
    board_check_of_codes,
    board_check_of_neighbourhood,
)
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

Codes = Annotated[str, Query(max_length=40_000, description="codes with commas between")]
Default = Annotated[
    str | None,
    Query(max_length=40, description="code of the default area; else the programme's place here"),
]
ProgrammeId = Annotated[str, Query(max_length=120, description="whose default areas are meant")]
PeopleMin = Annotated[int, Query(ge=1, le=10**7, description="lower end of the band, in")]
PeopleMax = Annotated[int, Query(ge=1, le=10**7, description="upper end of the band, in")]
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


@router.get("/neighbourhoods/{slug}/board-check", dependencies=[Heavy])
def check_of_neighbourhood(
    session: ReadSession, slug: Slug, day: AsAt, default: Default = None, programme: ProgrammeId = PROGRAMME,
    people_min: PeopleMin = LEAST_PEOPLE, people_max: PeopleMax = MOST_PEOPLE, version: Version = None,
) -> dict[str, Any]:  # fmt: skip
    """What a board's boundary must be: holds the default area, one piece, people in the band, no overlap."""
    return board_check_of_neighbourhood(
        session, slug, day, default=default, programme=programme, band=(people_min, people_max),
        version=version,
    )  # fmt: skip


@router.get("/board-check", dependencies=[Heavy])
def check_of_codes(
    session: ReadSession, day: AsAt, codes: Codes, default: Default = None, programme: ProgrammeId = PROGRAMME,
    people_min: PeopleMin = LEAST_PEOPLE, people_max: PeopleMax = MOST_PEOPLE,
) -> dict[str, Any]:  # fmt: skip
    """The same of a list of codes: small areas, MSOAs, wards, or any others together."""
    return board_check_of_codes(
        session,
        codes.split(","),
        day,
        default=default,
        programme=programme,
        band=(people_min, people_max),
    )


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
