"""The kinds of files that can be brought in while nobody waits: what is said of each, who may, and how it is done."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.areas.actions import BoundaryFile, import_boundaries
from app.dependencies import today
from app.indicators.storing import Publication
from app.indicators.upload_schemas import upload_body
from app.indicators.uploading import import_indicators, upload_mapping
from app.indicators.values import UPLOAD
from app.partnerships.queries import get_partnership
from app.problems import NotAllowed
from app.records.actions import import_record
from app.records.reading import read_record
from app.resources.actions import import_resources
from app.resources.mappings import AskedMapping
from app.resources.partnership_money import partnership_ground
from app.resources.schemas import report_body
from boundaries.errors import Fault, Invalid, NotFound

Words = Annotated[str, Field(max_length=200)]
Slug = Annotated[str, Field(max_length=120)]
Given = Mapping[str, Sequence[str]]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Words = Field(default="file", description="name of a file sent as the body")
    dry_run: bool = Field(default=False, description="rehearse: report every row, store nothing")


class IndicatorsSaid(_Said):
    """What is said of a table of indicators, as for `POST /indicators`."""

    id: Annotated[str, Field(max_length=60)]
    code_column: Words
    value: Annotated[list[Words], Field(min_length=1, max_length=50)]
    unit: Words
    direction: Annotated[str, Field(max_length=40)]
    nature: Annotated[str, Field(max_length=40)]
    release: Annotated[str, Field(max_length=60)]
    period: Annotated[str, Field(max_length=40)] | None = None
    period_column: Words | None = None
    title: Words | None = None
    definition: Annotated[str, Field(max_length=2000)] | None = None
    denominator: Words | None = None
    publisher: Words = "not stated"
    licence: Words = "not stated"
    partnership: Slug | None = None
    confidential: bool = False
    as_written: bool = False


class ResourcesSaid(_Said):
    """What is said of a file of money, as for `POST /resources`."""

    partnership: Slug | None = None
    map: list[Words] = []
    place: list[Words] = []
    mapping: Annotated[str, Field(max_length=60)] | None = None


class BoundariesSaid(_Said):
    """What is said of a file of boundaries, as for `bounds import boundaries`."""

    type: Annotated[str, Field(max_length=40)]
    release: date
    code_column: Words | None = None
    name_column: Words | None = None
    layer: Words | None = None
    crs: Annotated[str, Field(max_length=40)] | None = None
    publisher: Words = "not stated"
    licence: Words = "not stated"
    attribution: Annotated[str, Field(max_length=400)] = ""
    partial: bool = False
    force: bool = False


class RecordSaid(_Said):
    """What is said of a partnership's record, or of one table of it."""

    partnership: Slug
    table: Annotated[str, Field(max_length=40)] | None = Field(
        default=None,
        description="members, targets, actions, …: which table a CSV is; none: the record",
    )
    over_changes: bool = Field(
        default=False,
        description="let the file's words take the place of what was changed here since it was written",
    )


class Outcome(NamedTuple):
    """What an import did or would do: its report, and how many of the rows read could be stored."""

    report: dict[str, Any]
    rows_in: int
    rows_stored: int


Run = Callable[[Session, Actor, Path, str, Any, bool], Outcome]


class Kind(NamedTuple):
    """One kind of file: its title, what is said of it, how it is brought in, whether only administrators may."""

    title: str
    said: type[_Said]
    run: Run
    for_administrators: bool = False


def _indicators(
    session: Session, actor: Actor, path: Path, name: str, said: IndicatorsSaid, commit: bool
) -> Outcome:
    mapping = upload_mapping(
        said.id, said.value, said.code_column, period=said.period, period_column=said.period_column,
        unit=said.unit, direction=said.direction, nature=said.nature, title=said.title,
        definition=said.definition, denominator=said.denominator, as_written=said.as_written,
    )  # fmt: skip
    publication = Publication(
        UPLOAD, said.publisher, said.licence, said.publisher, partnership_slug=said.partnership,
        confidential=said.confidential,
    )  # fmt: skip
    report = import_indicators(
        session, actor, path.read_bytes(), name, mapping, said.release, publication, commit=commit
    )
    return Outcome(upload_body(report), report.rows_in, report.rows_stored)


def _resources(
    session: Session, actor: Actor, path: Path, name: str, said: ResourcesSaid, commit: bool
) -> Outcome:
    demo, found = False, None
    if said.partnership is not None:
        demo = get_partnership(session, said.partnership).demo
        found = partnership_ground(session, said.partnership, today())
    read_by = AskedMapping(said.map, said.place, said.mapping, None).read(session, said.partnership)
    report = import_resources(
        session, actor, path.read_bytes(), name, partnership_slug=said.partnership, found=found,
        mapping=read_by, demo=demo, commit=commit,
    )  # fmt: skip
    stored = report.rows_in if report.same_as is not None else report.rows_stored
    return Outcome(report_body(report), report.rows_in, stored)


def _boundaries(
    session: Session, actor: Actor, path: Path, name: str, said: BoundariesSaid, commit: bool
) -> Outcome:
    # The readers tell a file's kind by its ending: it is read under its own name, made harmless.
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        named = Path(folder) / ("file-" + re.sub(r"[^A-Za-z0-9._-]", "_", name)[-100:])
        named.hardlink_to(path)
        return _store_boundaries(session, actor, named, name, said, commit)


def _store_boundaries(
    session: Session, actor: Actor, path: Path, name: str, said: BoundariesSaid, commit: bool
) -> Outcome:
    given = BoundaryFile(
        path=path, area_type=said.type, published_on=said.release, code_column=said.code_column,
        name_column=said.name_column, layer=said.layer, crs=said.crs, publisher=said.publisher,
        licence=said.licence, attribution=said.attribution, partial=said.partial, force=said.force,
    )  # fmt: skip
    done = import_boundaries(session, actor, given, commit=commit)
    body = {
        "file": name, "release": done.report.release_id, "stored": commit and not done.report.already_here,
        "already_here": done.report.already_here, "new_areas": done.new_areas,
        "rows_in": done.report.features_in, "rows_stored": done.report.features_stored,
        "rows_refused": done.report.features_refused, "repaired": done.report.repaired,
        "repaired_m2": done.report.repaired_m2, "findings": done.findings,
    }  # fmt: skip
    stored = done.report.features_in if done.report.already_here else done.report.features_stored
    return Outcome(body, done.report.features_in, stored)


def _record(
    session: Session, actor: Actor, path: Path, name: str, said: RecordSaid, commit: bool
) -> Outcome:
    given = read_record(path.read_bytes(), name, said.table)
    report = import_record(
        session,
        actor,
        said.partnership,
        given,
        today(),
        commit=commit,
        over_changes=said.over_changes,
    )
    stored = 0 if report.refused else report.rows_in
    return Outcome(report.as_body(), report.rows_in, stored)


KINDS: Mapping[str, Kind] = {
    "indicators": Kind("A table of indicators", IndicatorsSaid, _indicators),
    "resources": Kind("A file of money or services", ResourcesSaid, _resources),
    "boundaries": Kind(
        "A file of boundaries", BoundariesSaid, _boundaries, for_administrators=True
    ),
    "record": Kind("A partnership's record, or a table of it", RecordSaid, _record),
}


def read_said(kind: str, given: Given) -> Any:
    """Check what is said of a file, every value given as text under its name. Raises Invalid with every fault."""
    model = KINDS[kind].said
    lists = {name for name, each in model.model_fields.items() if "list" in str(each.annotation)}
    plain = {
        name: list(values) if name in lists else values[-1]
        for name, values in given.items()
        if any(value.strip() for value in values)
    }
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        faults = [
            Fault(str(each["msg"]), pointer="/" + "/".join(str(step) for step in each["loc"]))
            for each in error.errors()
        ]
        raise Invalid("; ".join(f"{f.pointer[1:]}: {f.detail}" for f in faults), faults) from error


def check_may(actor: Actor, kind: str, said: Any) -> None:
    """Check that this actor may bring such a file in. Raises NotAllowed (403), NotFound (404)."""
    if KINDS[kind].for_administrators:
        if not actor.is_administrator:
            raise NotAllowed("this needs an administrator's token")
        return
    slug = said.partnership
    if not (actor.may_edit(slug) if slug is not None else actor.is_administrator):
        raise NotFound(f"there is no partnership {slug!r} that this token may change")
