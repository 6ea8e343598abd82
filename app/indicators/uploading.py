"""Brings a user's own table of indicators in: rehearsed or stored, every row checked against one release."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.indicators.definitions import NATURES, Definition
from app.indicators.methods.periods import DIRECTIONS, Direction
from app.indicators.readers.indicator_files import IndicatorValues
from app.indicators.readers.uploads import (
    MOST_PERIOD,
    UploadMapping,
    UploadReading,
    read_upload,
    rows_checked,
)
from app.indicators.storing import Publication, store_indicator
from app.indicators.value_tables import Indicator
from app.indicators.values import UPLOAD, UnknownIndicator
from app.partnerships.queries import get_partnership
from app.row_counts import CHECKING, EVERY, tell_refused, tell_rows
from app.vintages.diagnosing import describe
from app.vintages.methods.windows import Window, cover_of, lives_in, windows_of
from app.vintages.queries import KnownArea, change_days, known_areas
from app.vintages.readers.cells import FileRefused, read_bytes
from app.vintages.rebasing import why_not_carried
from boundaries.area_types import AREA_TYPES
from boundaries.errors import Conflict, Fault, Invalid
from boundaries.queries import LayerMissing, layer_on
from boundaries.rebasing import NamedRelease, areas_of, read_release

# Rows of other nations and of wider areas are no faults of the file: they lie elsewhere.
ELSEWHERE = ("other-nation", "wider-area")
MOST_COLUMNS, MOST_WORDS, MOST_ID, MOST_SHOWN = 50, 200, 60, 20
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WHY: Mapping[str, str] = {
    "another-release": "the area is not one of the release named",
    "no-link": "the area is not one of the release named",
    "unknown-code": "no area here has this code",
    "other-nation": "it lies in another nation",
    "wider-area": "it names a wider area, perhaps a total",
}


class InvalidMapping(Invalid):
    """What was said of a table's columns is not a mapping that it could be read by."""

    slug = "invalid-mapping"
    title = "The table cannot be read that way"


class IndicatorTaken(Conflict):
    """Another indicator has this id: a published one, or another partnership's."""

    slug = "indicator-taken"
    title = "The id is taken"


class OtherReleaseGiven(FileRefused):
    """All codes of the file are areas of another release than the one named; nothing was joined."""

    slug = "other-release-given"
    title = "The file is of another release"


@dataclass(frozen=True)
class UploadReport:
    """What became of a table's rows: rows_in = rows_stored + rows_refused + rows_elsewhere.

    areas, areas_total : areas of the release with a row, and how many it has. indicators : by id the
    values, suppressed and missing ones, and periods.
    """

    name: str
    area_set: str
    rows_in: int
    rows_stored: int
    rows_refused: int
    rows_elsewhere: int
    areas: int
    areas_total: int
    indicators: Mapping[str, dict[str, Any]]
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...]
    stored: bool

    def as_line(self) -> str:
        """Say it on one line, as the command line prints it."""
        verb = "stored" if self.stored else "would be stored"
        return (
            f"{self.name}: {self.rows_in:,} rows read, {self.rows_stored:,} {verb}, {self.rows_elsewhere:,} "
            f"elsewhere, {self.rows_refused:,} refused; {self.areas:,} of {self.areas_total:,} areas of {self.area_set}"
        )


def upload_mapping(
    indicator_id: str, values: Sequence[str], code_column: str, *, period: str | None,
    period_column: str | None, unit: str, direction: str, nature: str, title: str | None = None,
    definition: str | None = None, denominator: str | None = None, as_written: bool = False,
) -> UploadMapping:  # fmt: skip
    """Make a mapping of what a user says of a table, every fault of it listed. Raises InvalidMapping.

    values : headings of values, the first of `indicator_id`, each further one as HEADING=ID.
    """
    faults = [
        Fault(detail, pointer=f"/{what}", value=given[:80])
        for what, given, sound, detail in (
            ("direction", direction, direction in DIRECTIONS, f"the direction is one of {', '.join(DIRECTIONS)}"),
            ("nature", nature, nature in NATURES, f"the nature is one of {', '.join(NATURES)}"),
            ("unit", unit, 0 < len(unit.strip()) <= MOST_WORDS, "a unit has 1 to 200 letters"),
            ("value", str(len(values)), 0 < len(values) <= MOST_COLUMNS, f"1 to {MOST_COLUMNS} columns of values"),
            ("period", period or "", (period is None) != (period_column is None),
             "give either a period or a column of periods"),
            ("period", period or "", period is None or 0 < len(period.strip()) <= MOST_PERIOD,
             f"a period has 1 to {MOST_PERIOD} letters"),
        )
        if not sound
    ]  # fmt: skip
    columns: dict[str, Definition] = {}
    for place, given in enumerate(values[:MOST_COLUMNS]):
        heading, mark, own = given.rpartition("=") if place else (given, "=", indicator_id)
        if not mark:
            detail = "each further column of values is given as HEADING=ID"
            faults.append(Fault(detail, pointer="/value", value=given[:80]))
            continue
        if not _SLUG.fullmatch(own) or len(own) > MOST_ID:
            detail = "an id is small letters and figures joined by hyphens, 60 at most"
            faults.append(Fault(detail, pointer="/id", value=own[:80]))
        if heading in columns or own in {one.id for one in columns.values()}:
            faults.append(
                Fault("a heading or id is given twice", pointer="/value", value=given[:80])
            )
        called = (title if title and not place else heading).strip()[:MOST_WORDS]
        columns[heading] = Definition(
            own, heading, called, (definition or f"{called}, as uploaded.").strip()[:2_000], unit.strip(),
            cast(Direction, direction), nature, (denominator or "").strip()[:MOST_WORDS] or None,
        )  # fmt: skip
    if faults:
        raise InvalidMapping("; ".join(fault.detail for fault in faults), faults)
    return UploadMapping(
        columns, code_column, None if period is None else period.strip(), period_column, as_written
    )


def import_indicators(
    session: Session,
    actor: Actor | str,
    source: Path | bytes,
    name: str,
    mapping: UploadMapping,
    release: str,
    publication: Publication,
    *,
    commit: bool = False,
) -> UploadReport:
    """Bring a table of one or several indicators in, in the caller's transaction; without `commit` only say so.

    Parameters
    ----------
    release : the areas that the codes are of: `lsoa-2021`, `lad-2023-05-bgc`, `wd-2023-05`
    publication : whose it is; its partnership, if any, must exist

    An upload of the same id by the same partnership is replaced. A file all of whose codes are areas of
    another release is refused with the offer to carry it: it is never joined.

    Raises FileRefused, OtherReleaseGiven, NotCarried, IndicatorTaken, UnknownPartnership.
    """
    if publication.partnership_slug is not None:
        get_partnership(session, publication.partnership_slug)
    _refuse_taken(session, [one.id for one in mapping.columns.values()], publication)
    raw = read_bytes(source, name)
    reading = read_upload(raw, name, mapping)
    named = read_release(session, release, "/release", types=tuple(AREA_TYPES))
    if reading.frame["code"].str.startswith("X").mean() > 0.5:
        named = replace(named, demo=True)
    alive = set(areas_of(session, named))
    known = known_areas(session, set(reading.frame["code"]) - {""})
    _refuse_other_release(session, reading, named, alive, known, name)
    tell_refused(reading.faults)
    faults = [*reading.faults, *_strange(reading, mapping, named, alive, known, name)]
    away = {fault.row for fault in faults if fault.rule in ELSEWHERE}
    refused = {fault.row for fault in faults if fault.rule not in ELSEWHERE}
    frame = reading.frame[~reading.frame["row"].isin(away | refused)]
    away -= refused
    areas = frame["code"].nunique()
    told: dict[str, dict[str, Any]] = {}
    for one in mapping.columns.values():
        values = _values_of(frame, one, reading.rows_in, len(away), len(refused))
        told[one.id] = _told(values)
        if commit and len(frame):
            every = (len(told) - 1) * len(frame), len(mapping.columns) * len(frame)
            _store(session, values, publication, named, name, raw, (areas, len(alive)), every)
    if commit and len(frame):
        detail = {
            "ids": sorted(told),
            "rows_stored": len(frame),
            "partnership": publication.partnership_slug,
        }
        record(session, actor, "import", f"indicator:{min(told)}", detail)
    faults.sort(key=lambda fault: (fault.row is not None, int(fault.row or 0), fault.column))
    return UploadReport(
        name, named.id, reading.rows_in, len(frame), len(refused), len(away), areas, len(alive), told,
        tuple(faults), reading.notes, stored=commit and len(frame) > 0,
    )  # fmt: skip


def _refuse_taken(session: Session, ids: Sequence[str], publication: Publication) -> None:
    rows = session.scalars(select(Indicator).where(Indicator.id.in_(sorted(ids)))).all()
    for row in rows:
        if row.dataset_id != UPLOAD:
            raise IndicatorTaken(
                f"{row.id} is an indicator of {row.publisher}; give yours another id"
            )
        if row.partnership_slug != publication.partnership_slug:
            owner = row.partnership_slug or "nobody in particular"
            raise IndicatorTaken(f"{row.id} belongs to {owner}; give yours another id")


def _refuse_other_release(
    session: Session, reading: UploadReading, named: NamedRelease, alive: set[str],
    known: Mapping[str, KnownArea], name: str,
) -> None:  # fmt: skip
    """Refuse a file whose codes are all areas of one other span of days, and not of the release named."""
    rows = reading.frame["code"].value_counts().to_dict()
    mine = {code: area for code, area in known.items() if area.type == named.area_type}
    misfits = [code for code in mine if code not in alive]
    if not misfits:
        return
    lives = {code: (area.valid_from, area.valid_to) for code, area in mine.items()}
    counts = {code: rows[code] for code in mine}
    spans = windows_of(lives, counts, change_days(session, named.area_type, demo=named.demo))
    together = cover_of(lives, counts, spans)
    if len(together) != 1 or _holds(together[0], named):
        return
    span = _whole(spans, lives, together[0])
    meant = describe(named.area_type, span)
    least = sum(rows[code] for code in misfits)
    raise OtherReleaseGiven(
        f"{name}: its codes are those of {meant}, not of {named.id}: {least:,} of them are no areas "
        f"of {named.id}, {min(misfits)} for one. Give --release for what it is, or carry it first: "
        f"bounds rebase {name} --from … --to {named.id} -o …",
        [
            Fault(f"The area is not one of {named.id}.", file=name, value=code, rule="one-release")
            for code in sorted(misfits)[:MOST_SHOWN]
        ],
    )


def _holds(span: Window, named: NamedRelease) -> bool:
    return (span.from_day is None or span.from_day <= named.day) and (
        span.to_day is None or named.day < span.to_day
    )


def _whole(spans: Sequence[Window], lives: Mapping[str, Any], one: Window) -> Window:
    """Join the spans beside one in which all the codes live too: what the file may be of."""
    fitting = [span for span in spans if all(lives_in(life, span) for life in lives.values())]
    if not fitting:
        return one
    return Window(fitting[0].from_day, fitting[-1].to_day, one.rows)


def _strange(
    reading: UploadReading, mapping: UploadMapping, named: NamedRelease, alive: set[str],
    known: Mapping[str, KnownArea], name: str,
) -> list[Fault]:  # fmt: skip
    frame = reading.frame
    beyond = frame[~frame["code"].isin(alive) & (frame["code"] != "")]
    found = []
    read = rows_checked(reading.rows_in, mapping)[-1]
    tell_rows(CHECKING, read, reading.rows_in)
    for at, (row, code) in enumerate(zip(beyond["row"], beyond["code"], strict=True), start=1):
        reason = why_not_carried(code, known, named)
        rule = "another-release" if reason == "no-link" else reason
        found.append(
            Fault(_WHY[rule][0].upper() + _WHY[rule][1:] + ".", file=name, row=int(row),
                  column=mapping.code_column, value=code[:40], rule=rule)
        )  # fmt: skip
        tell_refused(found[-1:] if rule not in ELSEWHERE else [])
        if at % EVERY == 0:
            left = (reading.rows_in - read) * at // len(beyond)
            tell_rows(CHECKING, read + left, reading.rows_in)
    tell_rows(CHECKING, reading.rows_in, reading.rows_in)
    return found


def _values_of(
    frame: pd.DataFrame, one: Definition, rows_in: int, away: int, refused: int
) -> IndicatorValues:
    values = pd.DataFrame(
        {
            "period": frame["period"], "code": frame["code"], "value": frame[f"value {one.id}"],
            "state": frame[f"state {one.id}"],
            "rank": pd.Series(pd.NA, index=frame.index, dtype="Int64"),
        }
    )  # fmt: skip
    return IndicatorValues(one, values.reset_index(drop=True), rows_in, away, refused)


def _told(values: IndicatorValues) -> dict[str, Any]:
    states = values.frame["state"].value_counts()
    return {
        "title": values.definition.title,
        "periods": sorted(values.frame["period"].unique()),
        **{state: int(states.get(state, 0)) for state in ("value", "suppressed", "missing")},
    }


def _store(
    session: Session, values: IndicatorValues, publication: Publication, named: NamedRelease, name: str,
    raw: bytes, covered: tuple[int, int], told: tuple[int, int],
) -> None:  # fmt: skip
    areas, areas_total = covered
    for row in session.scalars(select(Indicator).where(Indicator.id == values.definition.id)):
        session.delete(row)
    session.flush()
    kinds = AREA_TYPES[named.area_type].plural
    coverage = None if areas == areas_total else f"{areas:,} of {areas_total:,} {kinds}"
    whose = replace(
        publication, dataset_id=UPLOAD, source_file=name, sha256=hashlib.sha256(raw).hexdigest(),
        coverage=coverage, demo=named.demo,
    )  # fmt: skip
    store_indicator(
        session, values, whose, named.area_type, named.id, _drawn_by(session, named), before=told[0], of=told[1]
    )  # fmt: skip


def _drawn_by(session: Session, named: NamedRelease) -> str:
    """Name the release that draws the areas alive on the day, empty where none has just those."""
    try:
        layer = layer_on(session, named.area_type, named.day, demo=named.demo)
    except LayerMissing:
        return ""
    return layer.id if layer.is_exact else ""


def get_upload(session: Session, indicator_id: str) -> Indicator:
    """One uploaded indicator. Raises UnknownIndicator, for published ones too."""
    row = session.get(Indicator, indicator_id)
    if row is None or row.dataset_id != UPLOAD:
        raise UnknownIndicator(f"there is no uploaded indicator {indicator_id[:80]!r}")
    return row


def remove_upload(session: Session, actor: Actor | str, row: Indicator) -> None:
    """Take an uploaded indicator out with its values; the audit trail stays."""
    detail = {"rows_stored": row.rows_stored, "partnership": row.partnership_slug}
    subject = f"indicator:{row.id}"
    session.delete(row)
    session.flush()
    record(session, actor, "remove", subject, detail)
