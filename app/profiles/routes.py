"""HTTP face of profiles: of a partnership, and the rows behind each number."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.orm import Session

from app.dependencies import AsAt, Heavy, ReadSession
from app.exports import geojson, xlsx
from app.exports.csv import MEDIA_TYPE, write_csv
from app.exports.xlsx import write_xlsx
from app.indicators.queries import get_index
from app.priorities.queries import find_outlines
from app.profiles.board_check import (
    LEAST_PEOPLE,
    MOST_PEOPLE,
    PROGRAMME,
    board_check_of_codes,
    board_check_of_neighbourhood,
)
from app.profiles.indicator_themes import read_ids
from app.profiles.profile import Profile, neighbourhood_profile, partnership_profile
from app.profiles.rows import indicator_rows, rows_of
from app.profiles.sheets import figure_sheet, profile_geojson, profile_sheets
from app.profiles.subject import (
    index_of_neighbourhood,
    index_of_partnership,
    neighbourhood_subject,
    partnership_subject,
)
from boundaries.queries import releases_of

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
Indicators = Annotated[
    str | None,
    Query(max_length=1000, description="ids of other indicators with commas between, 12 at most"),
]
Indicator = Annotated[
    str | None,
    Query(max_length=120, description="an indicator's id: its rows, and not those of a measure"),
]
Period = Annotated[
    str | None, Query(max_length=60, description="of the indicator; default the newest")
]
Version = Annotated[int | None, Query(ge=1, le=10**6, description="of the neighbourhood's ground")]


@router.get("/partnerships/{slug}/profile", dependencies=[Heavy])
def of_partnership(
    session: ReadSession,
    slug: Slug,
    day: AsAt,
    index: IndexId = None,
    indicators: Indicators = None,
) -> dict[str, Any]:
    """A partnership by theme: level, standing, comparators, trend, drivers; each number with its receipt."""
    return partnership_profile(session, slug, index, day, read_ids(indicators)).body


@router.get("/partnerships/{slug}/profile.csv", response_class=Response, dependencies=[Heavy])
def partnership_csv(session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None) -> Response:
    """A partnership's profile as CSV: every figure on a row, with its receipt."""
    return _as_csv(partnership_profile(session, slug, index, day))


@router.get("/partnerships/{slug}/profile.xlsx", response_class=Response, dependencies=[Heavy])
def partnership_xlsx(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None
) -> Response:
    """A partnership's profile as an Excel workbook: figures, small areas, the nearest."""
    return _as_xlsx(partnership_profile(session, slug, index, day))


@router.get("/partnerships/{slug}/profile.geojson", response_class=Response, dependencies=[Heavy])
def partnership_geojson(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None
) -> Response:
    """The small areas of a partnership's profile as GeoJSON."""
    return _as_geojson(session, partnership_profile(session, slug, index, day))


@router.get("/partnerships/{slug}/profile/rows.csv", response_class=Response, dependencies=[Heavy])
def rows_of_partnership(
    session: ReadSession, slug: Slug, day: AsAt, measure: Measure = "imd", of: Of = "here",
    index: IndexId = None, edition: Edition = None, indicator: Indicator = None, period: Period = None,
) -> Response:  # fmt: skip
    """The rows behind one number of a partnership's profile, as its receipt addresses them."""
    chosen = index_of_partnership(session, slug, index)
    subject = partnership_subject(session, slug, chosen)
    if indicator is not None:
        sheet = indicator_rows(session, subject, chosen, indicator, period, of, day)
        return csv_download(write_csv(sheet), f"{slug}-{indicator}-rows")
    other = get_index(session, edition) if edition else chosen
    sheet = rows_of(session, subject, chosen, other, measure, of, day)
    return csv_download(write_csv(sheet), f"{slug}-{measure}-rows")


@router.get("/neighbourhoods/{slug}/profile", dependencies=[Heavy])
def of_neighbourhood(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None, version: Version = None,
    indicators: Indicators = None,
) -> dict[str, Any]:  # fmt: skip
    """A neighbourhood by theme, as its newest or an older version has it; each number with its receipt."""
    return neighbourhood_profile(session, slug, index, day, version, read_ids(indicators)).body


@router.get("/neighbourhoods/{slug}/profile.csv", response_class=Response, dependencies=[Heavy])
def neighbourhood_csv(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None, version: Version = None
) -> Response:
    """A neighbourhood's profile as CSV: every figure on a row, with its receipt."""
    return _as_csv(neighbourhood_profile(session, slug, index, day, version))


@router.get("/neighbourhoods/{slug}/profile.xlsx", response_class=Response, dependencies=[Heavy])
def neighbourhood_xlsx(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None, version: Version = None
) -> Response:
    """A neighbourhood's profile as an Excel workbook: figures, small areas, the nearest."""
    return _as_xlsx(neighbourhood_profile(session, slug, index, day, version))


@router.get("/neighbourhoods/{slug}/profile.geojson", response_class=Response, dependencies=[Heavy])
def neighbourhood_geojson(
    session: ReadSession, slug: Slug, day: AsAt, index: IndexId = None, version: Version = None
) -> Response:
    """The small areas of a neighbourhood's profile as GeoJSON."""
    return _as_geojson(session, neighbourhood_profile(session, slug, index, day, version))


@router.get(
    "/neighbourhoods/{slug}/profile/rows.csv", response_class=Response, dependencies=[Heavy]
)
def rows_of_neighbourhood(
    session: ReadSession, slug: Slug, day: AsAt, measure: Measure = "imd", of: Of = "here",
    index: IndexId = None, edition: Edition = None, version: Version = None, indicator: Indicator = None,
    period: Period = None,
) -> Response:  # fmt: skip
    """The rows behind one number of a neighbourhood's profile, as its receipt addresses them."""
    chosen = index_of_neighbourhood(session, slug, index)
    subject = neighbourhood_subject(session, slug, chosen, version)
    if indicator is not None:
        sheet = indicator_rows(session, subject, chosen, indicator, period, of, day)
        return csv_download(write_csv(sheet), f"{slug}-{indicator}-rows")
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


def _as_csv(made: Profile) -> Response:
    return csv_download(write_csv(figure_sheet(made.body)), f"{made.body['slug']}-profile")


def _as_xlsx(made: Profile) -> Response:
    book = write_xlsx(profile_sheets(made.body, made.areas))
    return Response(
        book, media_type=xlsx.MEDIA_TYPE, headers=_named(f"{made.body['slug']}-profile", "xlsx")
    )


def _as_geojson(session: Session, made: Profile) -> Response:
    index = made.body["index"]
    outlines = find_outlines(session, index["release"], [row["code"] for row in made.areas])
    lines = [release.attribution for release in releases_of(session, [index["release"]])]
    lines.append(made.ground.areas.index.attribution)
    written = profile_geojson(made.body, made.areas, outlines, " ".join(dict.fromkeys(lines)))
    return Response(written, media_type=geojson.MEDIA_TYPE)


def csv_download(body: bytes, name: str) -> Response:
    """Answer with a CSV file under a plain name."""
    return Response(body, media_type=MEDIA_TYPE, headers=_named(name, "csv"))


def _named(name: str, ending: str) -> dict[str, str]:
    plain = "".join(
        letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "-_")
    )
    return {"Content-Disposition": f'attachment; filename="{plain[:100]}.{ending}"'}
