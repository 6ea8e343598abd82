"""Reads of statements of use: worked out from what is stored, or, once signed, as it was signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.walls import is_let_in
from app.resources.methods.allocations import ENGLAND
from app.resources.methods.dates import is_financial_year
from app.resources.methods.ledger import STAGES
from app.resources.programme_queries import ENVELOPE
from app.statements.gathering import Gathered, gather_statements
from app.statements.methods.changed import changes_between
from app.statements.methods.use import (
    envelopes_of,
    told_stages,
    unallocated,
    use_of,
    years_of,
)
from app.statements.methods.words_said import NO_SIGN_OFF, SECTIONS
from app.statements.tables import StatementOfUse
from app.statements.wording import caption_of, sentence_of, where_words
from boundaries.errors import Fault, Invalid, NotFound

MOST_LINES = 1_000
MEANING = {
    "allocation": ENVELOPE,
    "drawn": "lines that draw on the programme: awards and refunds, less what regrants pass on a second time;"
    " match funding stands beside, it draws on nothing",
    "unallocated": "the allocation less what was drawn at one stage; below 0 more was drawn than allocated",
    "statuses": "planned, awarded, paid and estimated allocations are never added, nor are planned, awarded and"
    " paid lines, nor two sources",
    "located": "a place wholly inside; estimated: most of its people inside; partnership-wide money is pushed no"
    " lower",
}  # fmt: skip


class UnknownStatement(NotFound):
    """No statement of that revision was written."""

    slug = "unknown-statement"
    title = "No such statement of use"


class StatementAsked(NamedTuple):
    """What is asked: a year (None: the last with an allocation or a line), a programme (None: all), a revision."""

    year: str | None = None
    programme_id: str | None = None
    index_id: str | None = None
    revision: int | None = None


def statements_of_use(
    session: Session, slug: str, asked: StatementAsked, day: date
) -> dict[str, Any]:
    """Give a partnership's statements of use for one financial year: of one programme, or of all that concern it.

    Each is worked out afresh, or, where one was signed, given as it was signed with what newer data
    would change; a draft is given to who may write it (`app.access.walls`), and to nobody else. Lines that
    draw on no programme are counted beside. Raises Invalid, UnknownProgramme, UnknownPartnership,
    UnknownStatement, NoSmallAreas.
    """
    check_year(asked.year)
    found = gather_statements(
        session, slug, day, programme_id=asked.programme_id, index_id=asked.index_id
    )
    years = {
        each: years_of(found.drawn[each], programme["allocations"])
        for each, programme in found.programmes.items()
    }
    every = sorted({year for told in years.values() for year in told})
    year = asked.year or (every[-1] if every else None)
    written = _written(session, slug, asked.programme_id, year, asked.revision)
    chosen = [
        each
        for each in found.programmes
        if year is not None and (asked.programme_id or year in years[each] or each in written)
    ]
    if asked.revision is not None and not written:
        raise UnknownStatement(f"no statement of revision {asked.revision} was written")
    return {
        "partnership": slug, "name": found.name, "demo": found.demo, "as_at": day, "index": found.index_id,
        "year": year, "years": every,
        "statements": [
            _one(_as_signed(session, found, written.get(each)), each, str(year), written.get(each))
            for each in chosen
        ],
        "other_programmes": [
            {
                "id": each, "title": caption_of(programme), "years": years[each],
                "periods": sorted({row["period"] for row in programme["allocations"] if not row["financial_year"]}),
            }
            for each, programme in found.programmes.items() if each not in chosen
        ],
        "without_programme": [] if asked.programme_id else _without_programme(found, year), "meaning": MEANING,
    }  # fmt: skip


def check_year(year: str | None) -> None:
    """Refuse a year that is no financial year. Raises Invalid."""
    if year is not None and not is_financial_year(year):
        fault = Fault("a financial year such as 2001-02", pointer="/year", value=year[:20])
        raise Invalid("year: a financial year such as 2001-02", [fault])


def list_written_statements(session: Session, slug: str) -> list[StatementOfUse]:
    """List every statement that was written of a partnership, by programme, year and revision."""
    query = select(StatementOfUse).where(StatementOfUse.partnership_slug == slug)
    order = (StatementOfUse.programme_id, StatementOfUse.financial_year, StatementOfUse.revision)
    return list(session.scalars(query.order_by(*order)))


def _written(
    session: Session, slug: str, programme_id: str | None, year: str | None, revision: int | None
) -> dict[str, StatementOfUse]:
    """Give by programme the newest statement that was written of a year, or that of a revision; drafts to their own."""
    query = select(StatementOfUse).where(
        StatementOfUse.partnership_slug == slug, StatementOfUse.financial_year == (year or ""),
        StatementOfUse.signed_at.is_not(None) | is_let_in(StatementOfUse.partnership_slug),
    )  # fmt: skip
    if programme_id is not None:
        query = query.where(StatementOfUse.programme_id == programme_id)
    if revision is not None:
        query = query.where(StatementOfUse.revision == revision)
    rows = session.scalars(query.order_by(StatementOfUse.programme_id, StatementOfUse.revision))
    return {row.programme_id: row for row in rows}  # the newest is the last


def _as_signed(session: Session, found: Gathered, row: StatementOfUse | None) -> Gathered:
    """Ask again by the index that a statement was signed by, so that only the data is compared."""
    index_id = found.index_id if row is None or row.figures is None else str(row.figures["index"])
    if index_id == found.index_id or row is None:
        return found
    return gather_statements(
        session, found.slug, found.day, programme_id=row.programme_id, index_id=index_id
    )


def _one(
    found: Gathered, programme_id: str, year: str, row: StatementOfUse | None
) -> dict[str, Any]:
    """Write one statement: as it was signed where it was, else worked out with what was written so far."""
    now = work_out(found, programme_id, year)
    about: dict[str, Any] = {
        "state": "computed" if row is None else "draft" if row.signed_at is None else "signed",
        "revision": 0 if row is None else row.revision,
        "signed_at": None if row is None else row.signed_at,
        "words": dict.fromkeys(SECTIONS) | (row.words if row is not None else {}),
        "sign_off": dict(NO_SIGN_OFF) | (row.sign_off if row is not None else {}),
        "newer": None,
    }
    if row is None or row.figures is None:
        return now | about
    changes = changes_between(row.figures, now)
    about["newer"] = {
        "entries_changed": len(changes), "changes": changes[:50],
        "sentence": _newer_words(len(changes)),
    }  # fmt: skip
    return dict(row.figures) | about


def _newer_words(changed: int) -> str:
    if not changed:
        return "What is stored now gives the same figures as were signed."
    entries = "1 entry" if changed == 1 else f"{changed:,} entries"
    return f"What is stored now would change {entries} of this signed statement; it stands as it was signed."


def work_out(found: Gathered, programme_id: str, year: str) -> dict[str, Any]:
    """Work out the statement of one programme and year from what is stored now."""
    programme = found.programmes[programme_id]
    drawn = found.drawn[programme_id]
    allocations: Sequence[Mapping[str, Any]] = programme["allocations"]
    stages = told_stages(drawn, year)
    shape = (found.neighbourhoods, programme["theme"], programme["money_kind"])
    uses = [use_of(stage, drawn[stage], year, *shape) for stage in stages]
    envelopes = envelopes_of(allocations, year=year)
    whole = [use_of(stage, drawn[stage], None, *shape) for stage in told_stages(drawn, None)]
    whole_envelopes = [
        *envelopes_of(allocations, year=None), *envelopes_of(allocations, year=None, together=True)
    ]  # fmt: skip
    lines = [
        line_of(line, drawn[stage].held.pence[line["id"]])
        for stage in STAGES
        for line in drawn[stage].lines
        if drawn[stage].held.years[line["id"]] == year
    ]
    lines.sort(key=lambda line: (STAGES.index(line["stage"]), -line["amount_pence"], line["id"]))
    body = {
        "programme": {
            key: programme[key]
            for key in ("id", "title", "funder", "theme", "money_kind", "period", "coverage", "partnership")
        },
        "caption": caption_of(programme), "index": found.index_id, "year": year, "years": years_of(drawn, allocations),
        "allocation": {
            "envelopes": envelopes,
            "rows": [
                each for each in allocations
                if each["financial_year"] == year and each["area_code"] != ENGLAND
            ],
            "eligible": programme["areas"],
            "not_known": _not_known(programme, year),
        },
        "use": uses, "unallocated": unallocated(envelopes, uses),
        "all_years": {
            "envelopes": whole_envelopes,
            "use": [
                {key: use[key] for key in ("stage", "lines", "gross_pence", "refunds_pence", "regranted_pence",
                                           "drawn_pence", "match_pence")}
                for use in whole
            ],
            "unallocated": unallocated(whole_envelopes, whole),
            "years_with_lines": years_of(drawn, ()),
        },
        "outcomes": [
            {"title": line["title"], "stage": line["stage"], "outcome": line["outcome"]}
            for line in lines if line["outcome"]
        ],
        "lines": lines[:MOST_LINES], "lines_total": len(lines),
        "other_currencies": _other_currencies(found.lines.get(programme_id, ()), year),
        "year_not_stated": [
            {"stage": stage, "lines": len(own), "pence": sum(line["amount_pence"] for line in own)}
            for stage in STAGES
            if (own := [
                line for line in drawn[stage].lines if drawn[stage].held.years[line["id"]] is None
            ])
        ],
        "sources": programme["sources"],
        "line_sources": [
            found.files[each] for each in sorted({line["file_id"] for line in lines})
        ],
    }  # fmt: skip
    return body | {"sentence": sentence_of(found.name, body)}


def line_of(line: Mapping[str, Any], held_pence: int) -> dict[str, Any]:
    """Write one line as a statement lists it, with what it holds after its regrants and where it counts."""
    keys = (
        "id", "identifier", "title", "funder", "recipient", "deliverer", "theme", "money_kind", "role", "stage",
        "amount_pence", "financial_year", "grade", "place", "bucket", "certainty", "neighbourhood", "outcome",
        "file_id",
    )  # fmt: skip
    return {key: line[key] for key in keys} | {
        "held_pence": held_pence,
        "where": where_words(line["bucket"], line["certainty"]),
    }


def _not_known(programme: Mapping[str, Any], year: str) -> list[str]:
    """List the eligible places for which no allocation of the year is known: missing, not nought."""
    told = {
        each["place"] for each in programme["allocations"] if each["financial_year"] in (year, None)
    }
    return [name for name in dict.fromkeys(programme["areas"]) if name not in told]


def _other_currencies(lines: Sequence[Mapping[str, Any]], year: str) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for line in lines:
        if line["currency"] != "GBP" and line["financial_year"] == year:
            counts[line["currency"]] = counts.get(line["currency"], 0) + 1
    return [{"currency": each, "lines": counts[each]} for each in sorted(counts)]


def _without_programme(found: Gathered, year: str | None) -> list[dict[str, Any]]:
    rows = []
    for stage in STAGES:
        own = [
            line
            for line in found.unlinked.get(stage, ())
            if line["financial_year"] == year and year
        ]
        rows.append(
            {"stage": stage, "lines": len(own), "pence": sum(line["amount_pence"] for line in own)}
        )
    return rows
