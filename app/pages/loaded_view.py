"""The page of what is loaded: releases, the catalogue, where lookups and outlines differ, what was found in rows.

It depends on the database and the catalogue alone, never on the files of this machine, so it may be kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from app.findings.words import count, counted, day
from app.indicators.rows import IndicatorRow
from app.indicators.tables import DeprivationIndex
from app.indicators.values import list_indicator_rows
from app.pages import queries
from app.resources.tables import ResourceFile, ResourceRefusal
from app.sources.catalogue import KINDS, Dataset, catalogue
from app.sources.queries import list_standings
from app.sources.tables import DatasetFinding, DatasetLoad
from boundaries.area_types import AREA_TYPES
from boundaries.levels import BordersTold, borders_told
from boundaries.releases import list_releases
from boundaries.tables import ImportFinding, LookupDisagreement, Release

KIND_WORDS = {
    "boundaries": "Boundaries", "lookup": "Lookups", "postcodes": "Postcodes",
    "people": "People and households", "index": "Indices of deprivation", "indicator": "Indicators",
    "money": "Money", "service": "Services", "raster": "Grids of cells",
}  # fmt: skip
assert set(KIND_WORDS) == set(KINDS)


@dataclass(frozen=True)
class LoadedRelease:
    """A release: what it draws, the checks that it passed or not, and the first features repaired or refused."""

    release: Release
    kind: str
    draws_today: bool
    passed: str
    failed: list[str]
    repaired: int
    refused: int
    listed: list[ImportFinding]
    borders: str


@dataclass(frozen=True)
class Known:
    """A dataset of the catalogue, and what was done with it here."""

    entry: Dataset
    host: str
    fetched_at: datetime | None
    loaded: str
    flaw: str


@dataclass(frozen=True)
class KnownKind:
    """The datasets of one kind, and how many of them are loaded."""

    title: str
    rows: list[Known]
    loaded: int


@dataclass(frozen=True)
class BrokenRule:
    """A rule that rows of a dataset broke: how many, and the first of them."""

    dataset_id: str
    title: str
    rule: str
    rows: int
    listed: list[DatasetFinding]


@dataclass(frozen=True)
class LoadedView:
    """What the page shows; `credits` holds each attribution once, with the licence it goes with."""

    finding: str
    is_empty: bool
    releases: list[LoadedRelease]
    kinds: list[KnownKind]
    known: int
    uncatalogued: list[str]
    differing: list[LookupDisagreement]
    differing_total: int
    names: dict[str, str]
    rules: list[BrokenRule]
    indices: list[DeprivationIndex]
    indicators: list[tuple[str, list[IndicatorRow]]]
    files: list[tuple[ResourceFile, list[ResourceRefusal]]]
    credits: list[tuple[str, str]]

    def credit(self, attribution: str, licence: str) -> int:
        """Say under which number of the list of credits an attribution stands, from 1."""
        return self.credits.index((attribution, licence)) + 1


def loaded_view(session: Session) -> LoadedView:
    """Put the page together."""
    releases = _releases(session)
    loads = queries.dataset_loads(session)
    kinds = _kinds(session, loads)
    used, differing = queries.differing_lookups(session)
    indices, files = queries.loaded_indices(session), queries.loaded_files(session)
    indicators = _indicators(session)
    parents = [
        code for row in differing for code in (row.lookup_parent, row.outline_parent) if code
    ]
    is_empty = not (releases or loads or indices or files)
    said = (
        f"Nothing is loaded yet; {counted(len(catalogue()), 'published dataset')} are known."
        if is_empty
        else finding(
            [one.release for one in releases], len(loads.keys() & catalogue().keys()), used
        )
    )
    return LoadedView(
        finding=said, is_empty=is_empty,
        releases=releases, kinds=kinds, known=len(catalogue()),
        uncatalogued=sorted(loads.keys() - catalogue().keys()),
        differing=differing, differing_total=sum(used.values()),
        names=queries.names_of(session, {*parents, *(row.child_code for row in differing)}),
        rules=_rules(session, releases), indices=indices, indicators=indicators, files=files,
        credits=_credits(
            [one.release for one in releases], indices, [row for _, rows in indicators for row in rows],
            [file for file, _ in files],
        ),
    )  # fmt: skip


def finding(releases: Sequence[Release], loaded: int, used: dict[str, int]) -> str:
    """State what draws England, how much of the catalogue is loaded, and where lookups and outlines differ."""
    served = [one for one in releases if one.state == "served"]
    real = [one for one in served if not one.demo]
    whole = [one for one in real if not one.partial]
    if whole:
        kinds = counted(len({one.area_type for one in whole}), "kind")
        drawn = [
            f"{counted(len(whole), 'release')} {_verb(len(whole), 'draw')} England, in {kinds} of area"
        ]
    else:
        drawn = ["No release draws the whole of England"]
    for several, what in (
        (len(real) - len(whole), "only some places"),
        (len(served) - len(real), "invented Barsetshire"),
    ):
        if several:
            drawn.append(f"{counted(several, 'release')} {_verb(several, 'draw')} {what}")
    are = "is" if loaded == 1 else "are"
    known = counted(len(catalogue()), "known dataset")
    return f"{'; '.join(drawn)}. {count(loaded)} of {known} {are} loaded. {_differ(used)}"


def _differ(used: dict[str, int]) -> str:
    against, kept = used.get("outline", 0), used.get("lookup", 0)
    told = []
    if against:
        its = "its" if against == 1 else "their"
        told.append(
            f"{counted(against, 'area')} {_verb(against, 'lie')} by {its} outline elsewhere than {its} lookup"
            " says, and the outline is used."
        )
    if kept:
        told.append(
            f"In {counted(kept, 'case')} lookup and outlines differ and the lookup is used."
        )
    return " ".join(told) or "No lookup is on record as disagreeing with the outlines."


def _verb(number: int, verb: str) -> str:
    return f"{verb}s" if number == 1 else verb


def _releases(session: Session) -> list[LoadedRelease]:
    counts, listed = queries.release_findings(session)
    told = borders_told(session)
    made = []
    for row in list_releases(session):
        one = row.release
        kind = AREA_TYPES[one.area_type].name if one.area_type in AREA_TYPES else one.area_type
        passed = [str(check["check"]) for check in one.checks if check.get("passed")]
        failed = [
            f"{check['check']}: {check.get('seen')}, wanted {check.get('wanted')}"
            for check in one.checks
            if not check.get("passed")
        ]
        made.append(
            LoadedRelease(
                one, kind, row.draws_today, ", ".join(passed), failed,
                counts.get((one.id, "repaired"), 0), counts.get((one.id, "refused"), 0), listed[one.id],
                border_words(told.get(one.id, BordersTold())),
            )
        )  # fmt: skip
    return made


def border_words(told: BordersTold) -> str:
    """Say a release's gaps, overlaps and levels in one or two sentences; of a temporal set, on its worst day."""
    worst = told.worst
    if worst is None:
        return "Borders not measured."
    of = "On its worst day " if len(told.spans) > 1 else "Borders: "
    gaps = (
        "its areas do not cover the land"
        if worst.gaps is None
        else f"{counted(worst.gaps, 'gap')} ({worst.gaps_m2 or 0:,.0f} m²)"
    )
    overlaps = f"{counted(worst.overlaps, 'overlap')} ({worst.overlaps_m2:,.0f} m²)"
    levels = ", ".join(f"{level.tolerance_m:g}" for level in told.levels)
    drawn = f" Simplified to {levels} m." if levels else ""
    return f"{of}{gaps}, {overlaps}.{drawn}"


def _kinds(session: Session, loads: dict[str, DatasetLoad]) -> list[KnownKind]:
    standings = list_standings(session)
    made = []
    for kind, title in KIND_WORDS.items():
        rows = [
            Known(
                entry, urlsplit(entry.address or "").netloc,
                standings[entry.id].fetched_at if entry.id in standings else None,
                loaded_words(entry, loads.get(entry.id)),
                " ".join(part for part in (f"Holds {entry.coverage}." if entry.coverage else "", entry.note) if part),
            )
            for entry in catalogue().values()
            if entry.kind == kind
        ]  # fmt: skip
        made.append(KnownKind(title, rows, sum(row.entry.id in loads for row in rows)))
    return made


def loaded_words(entry: Dataset, load: DatasetLoad | None) -> str:
    """Say when a dataset was loaded and where its rows went, or that it was not or cannot be."""
    if load is None:
        return "not loaded" if entry.reader else "listed only"
    parts = [f"{count(load.rows_stored)} of {counted(load.rows_in, 'row')} stored"]
    if load.rows_refused:
        parts.append(f"{count(load.rows_refused)} refused")
    if load.rows_elsewhere:
        parts.append(f"{count(load.rows_elsewhere)} left out")
    some = ", some places only" if load.partial else ""
    return f"{day(load.loaded_at)}{some}: {', '.join(parts)}"


def _indicators(session: Session) -> list[tuple[str, list[IndicatorRow]]]:
    """List the indicators by publisher, but for the indices' own measures and what a partnership keeps for itself."""
    found: dict[str, list[IndicatorRow]] = defaultdict(list)
    for row in list_indicator_rows(session):
        if row.index_measure is None and row.partnership_slug is None and not row.confidential:
            found[row.publisher].append(row)
    return sorted(found.items())


def _rules(session: Session, releases: Sequence[LoadedRelease]) -> list[BrokenRule]:
    """Rules broken by rows; features of releases and rows of money have sections of their own."""
    own = {one.release.id for one in releases}
    own |= {entry.id for entry in catalogue().values() if entry.kind == "money"}
    counts, listed = queries.row_findings(session, own)
    return [
        BrokenRule(
            dataset_id, catalogue()[dataset_id].title if dataset_id in catalogue() else dataset_id, rule,
            number, listed[dataset_id, rule],
        )
        for (dataset_id, rule), number in counts.items()
    ]  # fmt: skip


def _credits(*loaded: Sequence[Any]) -> list[tuple[str, str]]:
    """List each attribution with its licence once: of what is loaded first, then of the rest of the catalogue."""
    every = [one for several in (*loaded, list(catalogue().values())) for one in several]
    return list(dict.fromkeys((one.attribution, one.licence) for one in every))
