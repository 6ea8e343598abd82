"""Writes of money: bring a file in (rehearsed unless told to store), load the mirror's files, take one out."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE, record
from app.access.queries import Actor
from app.resources.files import begin_file, finish_file
from app.resources.linking import link_lines
from app.resources.mappings import FileMapping, check_mapping
from app.resources.methods.allocations import programme_id
from app.resources.placing import place_lines
from app.resources.programme_years import check_years
from app.resources.programmes import store_allocations, store_areas, store_programmes
from app.resources.queries import GroundFound, get_file
from app.resources.readers.frames import ReadLines
from app.resources.readers.geojson import is_geojson, read_geojson
from app.resources.readers.json_files import is_json
from app.resources.readers.open_referral import is_open_referral
from app.resources.readers.plain import read_plain, read_plain_rows
from app.resources.readers.pride_in_place import FUNDER as PRIDE_FUNDER
from app.resources.readers.pride_in_place import PROGRAMME, read_pride_in_place
from app.resources.readers.threesixty import read_threesixty
from app.resources.readers.threesixty_standard import check_standard
from app.resources.readers.towns_fund import AWARDS_FILE, TownsFundFiles, read_towns_fund
from app.resources.referral import import_open_referral
from app.resources.storing import ImportReport, Publication, store_lines
from app.vintages.readers.cells import read_bytes, read_columns
from boundaries.importing import sha256_of

GRANTS = "resources/grants_360giving"
FUNDS = "resources"
PRIDE_IN_PLACE = "resources/pride_in_place_neighbourhoods.csv"
# The programme's list names councils by their codes of 2024.
PRIDE_DAY = date(2024, 4, 1)
PRIDE_AREAS = "boundaries/pip_neighbourhoods_2025_msoa21.csv"

_OGL = "Open Government Licence v3.0"
_CC = "CC BY 4.0, as most publishers of the 360Giving registry choose; check with the publisher"
_MHCLG = "Ministry of Housing, Communities and Local Government"
# File stem → publisher. A file that is not listed is loaded under its own name.
PUBLISHERS = {
    "ab_charitable_trust": "A B Charitable Trust",
    "andrew_lloyd_webber_foundation": "Andrew Lloyd Webber Foundation",
    "lloyds_bank_foundation": "Lloyds Bank Foundation for England and Wales",
    "power_to_change": "Power to Change Trust",
    "wolfson_foundation": "Wolfson Foundation",
    "grantnav_mixed_sample": "several publishers, by GrantNav",
    "grants_360giving_flat": "six files, as one table",
}


def read_resources(
    source: Path | bytes, name: str, columns: Mapping[str, str] | None = None
) -> tuple[str, ReadLines]:
    """Tell a file's kind from what it holds and read it: ("360giving", "geojson" or "plain", lines).

    Features are GeoJSON; other JSON, and tables with the columns Identifier and Amount Awarded, are
    360Giving; other tables are plain ones, whose `columns` may bear other titles. Raises FileRefused.
    """
    raw = read_bytes(source, name)
    if is_geojson(raw):
        return "geojson", read_geojson(raw, name, columns)
    if is_json(raw):
        return "360giving", read_threesixty(raw, name)
    wanted = ("identifier", "amount awarded")
    if not columns and set(wanted) <= set(read_columns(raw, name, wanted=wanted)):
        return "360giving", read_threesixty(raw, name)
    return "plain", read_plain(raw, name, columns)


def import_resources(
    session: Session,
    actor: Actor | str,
    source: Path | bytes | Sequence[Mapping[str, object]],
    name: str,
    *,
    partnership_slug: str | None = None,
    found: GroundFound | None = None,
    publication: Publication | None = None,
    mapping: FileMapping | None = None,
    demo: bool = False,
    commit: bool = False,
) -> ImportReport:
    """Bring a file of money in, in the caller's transaction; without `commit` only say what would happen.

    Parameters
    ----------
    source : path or bytes of a 360Giving, GeoJSON or plain file, or of services (Open Referral UK), or plain
        rows as JSON objects
    partnership_slug : the partnership the file is for: its wards may be named, "whole partnership"
        means it, and only it and partnerships sharing an authority see the lines
    found : that partnership's ground and neighbourhoods (queries.find_ground), for the preview's buckets
    mapping : the titles of a plain table's columns, and places that a person confirmed

    Idempotent: the same bytes for the same partnership, read the same way, change nothing, and a line
    whose identifier is stored already is listed as refused. Raises FileRefused, MappingInvalid.
    """
    read_by = mapping or FileMapping()
    check_mapping(session, read_by, partnership_slug)
    standard = None
    if isinstance(source, Path | bytes):
        raw = read_bytes(source, name)
        if is_open_referral(raw):
            return import_open_referral(
                session, actor, raw, name, partnership_slug=partnership_slug, publication=publication,
                demo=demo, commit=commit,
            )  # fmt: skip
        kind, read = read_resources(raw, name, read_by.columns)
        digest = hashlib.sha256(raw).hexdigest()
        if kind == "360giving":
            standard = check_standard(raw, name)
    else:
        kind, read = "plain", read_plain_rows(source, name, read_by.columns)
        digest = _digest_of_rows(read)
    if mapping is not None and (read_by.columns or read_by.places):
        said = [*sorted(read_by.columns.items()), *sorted(read_by.places.items())]
        digest = hashlib.sha256(f"{digest}:{said}".encode()).hexdigest()
    districts: Collection[str] = found.ground.districts if found is not None else ()
    published = kind == "360giving"
    placed = place_lines(
        session,
        read,
        name=name,
        districts=districts,
        slug=partnership_slug,
        by_words=not published,
        confirmed=read_by.places,
    )
    placed = check_years(
        session, placed, name=name, slug=partnership_slug, demo=demo, refuse=not published
    )
    spoken = publication or Publication(
        name, partnership_slug or "not stated", "not stated", name, kind
    )
    report = store_lines(
        session, actor, placed, name=name, digest=digest, publication=spoken,
        partnership_slug=partnership_slug, found=found, demo=demo, commit=commit,
    )  # fmt: skip
    return replace(report, standard=standard)


def _digest_of_rows(read: ReadLines) -> str:
    said = [*read.frame["identifier"], *(fault.as_line() for fault in read.faults)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def remove_resources(session: Session, actor: Actor | str, file_id: str) -> None:
    """Take a file of money out with all its lines and refusals; the audit trail stays. Raises UnknownResourceFile."""
    row = get_file(session, file_id)
    detail = {
        "rows_stored": row.rows_stored,
        "partnership": row.partnership_slug,
    }
    session.delete(row)
    session.flush()
    record(session, actor, "remove", f"resources:{file_id}", detail)


def load_mirror_resources(session: Session, mirror: Path) -> list[ImportReport]:
    """Load every published file of money in a mirror, whole, in the caller's transaction.

    The files are national and small. Publishers' own files come before samples that mix several, so
    that a grant in both is stored from its publisher and listed in the sample. An original workbook
    of a package that is loaded is recognised by its identifiers and not loaded twice. What the
    mirror lacks is left out; what is here already is said and changes nothing.
    """
    reports = [load_grants(session, path) for path in in_order((mirror / GRANTS).glob("*.*"))]
    files = TownsFundFiles.in_folder(mirror / FUNDS)
    if all(path.is_file() for path in (files.awards, files.places, files.projects)):
        reports.append(load_towns_fund(session, files))
    if (mirror / PRIDE_IN_PLACE).is_file():
        reports.append(load_pride_in_place(session, mirror / PRIDE_IN_PLACE, mirror / PRIDE_AREAS))
    return reports


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Put files of grants into the order they are loaded in: packages, samples, tables of several, workbooks."""
    kinds = [path for path in paths if path.name.endswith((".json.gz", ".csv.gz", ".xlsx"))]

    def rank(path: Path) -> tuple[bool, bool, bool, str]:
        table = path.name.endswith(".csv.gz")
        return (path.suffix == ".xlsx", table, "mixed" in path.name, path.name)

    return sorted(kinds, key=rank)


def load_grants(session: Session, path: Path) -> ImportReport:
    """Load one published file of grants, whole; the publisher is known by the file's name."""
    stem = path.name.split(".")[0].removesuffix("_original")
    publisher = PUBLISHERS.get(stem, stem.replace("_", " "))
    licence = "CC BY-SA 4.0 (GrantNav)" if "grantnav" in stem else _CC
    publication = Publication(
        f"Grants of {publisher}", publisher, licence,
        f"Contains grants data published by {publisher} in the 360Giving standard.", "360giving",
    )  # fmt: skip
    return import_resources(
        session, COMMAND_LINE, path, path.name, publication=publication, commit=True
    )


def load_towns_fund(session: Session, files: TownsFundFiles) -> ImportReport:
    """Load the Towns Fund's awards with its lists of places and projects."""
    read = read_towns_fund(files)
    placed = place_lines(session, read, name=AWARDS_FILE, by_words=False)
    publication = Publication(
        "Towns Fund awards: Town Deals and Future High Streets Fund", _MHCLG, _OGL,
        "Contains public sector information licensed under the Open Government Licence v3.0.", "towns-fund",
    )  # fmt: skip
    return store_lines(
        session,
        COMMAND_LINE,
        placed,
        name=AWARDS_FILE,
        digest=sha256_of(files.awards),
        publication=publication,
    )


def load_pride_in_place(session: Session, path: Path, areas: Path) -> ImportReport:
    """Load the allocations of Pride in Place; `areas` names their small areas, where it is there."""
    read = read_pride_in_place(path, areas if areas.is_file() else None)
    publication = Publication(
        f"{PROGRAMME} allocations", _MHCLG, _OGL,
        "Contains public sector information licensed under the Open Government Licence v3.0.", "pride-in-place",
    )  # fmt: skip
    begun = begin_file(session, path, publication, read.rows_in, read.rows_refused)
    if begun.same_as is not None:
        return begun.already_here(read.rows_in)
    rows = read.frame.to_dict("records")
    for title in sorted({row["programme"] for row in rows}):
        period = next(row["period"] for row in rows if row["programme"] == title)
        store_programmes(session, [title], funder=PRIDE_FUNDER, period=period)
    store_areas(
        session, begun.file_id,
        (
            (row["id"], programme_id(row["programme"]), row["title"], row["area_code"], PRIDE_DAY,
             row["lad_code"], None, row["note"])
            for row in rows
        ),
    )  # fmt: skip
    store_allocations(
        session, begun.file_id,
        (
            (row["id"], programme_id(row["programme"]), row["title"], row["area_code"], row["lad_code"], None,
             row["period"], row["amount_pence"], "awarded", None, False, None, row["note"])
            for row in rows
        ),
    )  # fmt: skip
    link_lines(session)
    return finish_file(session, begun, read.faults, read.notes)
