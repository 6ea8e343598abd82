"""The demo county's partnership with something in every table of its record, and the same county without it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import pytest
import shapely
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE
from app.agreements.actions import make_record
from app.neighbourhoods.actions import change_neighbourhood, create_neighbourhood
from app.neighbourhoods.saying import say_codes, say_outline, say_postcodes
from app.partnerships.actions import change_partnership, remove_partnership
from app.partnerships.queries import get_partnership
from app.places.demo import DEMO_SLUG
from app.priorities.actions import save_designation
from app.priorities.methods.conditions import worst_percent
from app.records.actions import RecordReport, import_record
from app.records.queries import record_of
from app.records.reading import read_record
from app.records.sheets import write_json
from app.resources.actions import import_resources
from app.resources.methods.programme_record import (
    WHOLE_PARTNERSHIP,
    AllocationSaid,
    PlaceSaid,
    Record,
)
from app.resources.own_programmes import create_programme
from app.sessions import reading, writing
from app.statements.actions import write_statement
from app.statements.queries import StatementAsked
from app.strategies.accreditation import write_note
from app.strategies.actions import make_target
from app.strategies.plan import make_action
from app.strategies.schemas import NewTarget
from app.strategies.strategy_given import StrategyGiven
from app.strategies.written import sign_strategy, write_strategy
from boundaries.tables import Area, Boundary, Membership, Postcode
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

DAY = date(2026, 6, 1)
# What a spreadsheet would run, what XML cannot hold, and our own way of writing that.
NASTY = '\'=HYPERLINK("x")\r\n_x000D_ \x0b; "two", Ærø\t'


class Worlds(NamedTuple):
    """Two databases of the same county: one with the partnership, one without."""

    full: Engine
    bare: Engine

    def export(self, engine: Engine | None = None, *, drafts: bool = True) -> bytes:
        with reading(engine or self.full) as session:
            return write_json(record_of(session, DEMO_SLUG, DAY, drafts=drafts))

    def bring(
        self, source: bytes, name: str = "r.json", table: str | None = None, *, commit: bool = False,
        engine: Engine | None = None,
    ) -> RecordReport:  # fmt: skip
        with writing(engine or self.full) as session:
            given = read_record(source, name, table)
            return import_record(session, COMMAND_LINE, DEMO_SLUG, given, DAY, commit=commit)


@pytest.fixture(scope="session")
def filled_template(demo_template: str, cluster: ClusterForTests) -> str:
    """Name of a template of the demo county with something in every table of its partnership's record."""

    def fill_all(url: str) -> None:
        with writing(open_engine(url)) as session:
            fill(session)

    return cluster.template("bounds_record", fill_all, base=demo_template)


@pytest.fixture(scope="module")
def worlds(demo_template: str, filled_template: str, cluster: ClusterForTests) -> Iterator[Worlds]:
    urls = [cluster.clone(filled_template), cluster.clone(demo_template)]
    full, bare = (open_engine(url) for url in urls)
    with writing(bare) as session:
        remove_partnership(session, COMMAND_LINE, DEMO_SLUG)
    yield Worlds(full, bare)
    for url in urls:
        cluster.drop(url)


def fill(session: Session) -> None:
    """Write something of every kind, through the doors that everybody uses."""
    small = session.scalars(
        select(Membership.child_code)
        .join(Area, Area.code == Membership.child_code)
        .where(
            Membership.parent_code == get_partnership(session, DEMO_SLUG).authorities[0],
            Area.type == "lsoa", Area.valid_to.is_(None),
        )
        .distinct()
        .order_by(Membership.child_code)
        .limit(4)
    ).all()  # fmt: skip
    who = {"partnership_slug": DEMO_SLUG, "reason": "R"}
    create_neighbourhood(session, "t", say_codes(session, small[:2], DAY), name="Docks", **who)
    change_neighbourhood(session, "t", "docks", said=say_codes(session, small[:3], DAY), reason="Wider")  # fmt: skip
    codes = session.scalars(
        select(Postcode.postcode).where(Postcode.lsoa21_code == small[0]).order_by(Postcode.postcode).limit(3)
    ).all()  # fmt: skip
    create_neighbourhood(session, "t", say_postcodes(session, codes), name="Estate", **who)
    drawn = session.scalar(
        select(Boundary.geom.ST_AsBinary()).where(Boundary.code == small[3]).limit(1)
    )
    outline = shapely.multipolygons([shapely.from_wkb(bytes(drawn)).centroid.buffer(700.123, 40)])
    create_neighbourhood(session, "t", say_outline(outline, demo=True), name="Drawn", **who)
    members = [*get_partnership(session, DEMO_SLUG).members, {
        "name": "St Jude's mosque", "sector": "community", "communities": ["faith communities", "a; b"],
        "role": "vice-chair", "joined": date(2020, 1, 2), "left": date(2025, 1, 2),
    }]  # fmt: skip
    change_partnership(session, "t", DEMO_SLUG, {"members": members, "lead": NASTY}, DAY)
    base = {"partnership": DEMO_SLUG, "kind": "level", "scope": "whole", "measure": "Jobs", "unit": "per cent",
            "higher_is_worse": False, "threshold": 60.1, "baseline_period": "2024", "baseline_value": 50}  # fmt: skip
    for more in (
        {"title": "More jobs", "due_period": "2030", "source": NASTY},
        {"title": "Once more", "due_period": "2025", "is_record": True},
        {"title": "By steps", "due_period": "2030", "path": "stepped",
         "milestones": [{"period": "2026", "figure": 52.5}, {"period": "2027", "figure": 1 / 3}]},
    ):  # fmt: skip
        make_target(session, "t", DEMO_SLUG, NewTarget.model_validate(base | more).said(), DAY)
    jobs = f"{DEMO_SLUG}-more-jobs"
    create_programme(session, "t", Record(
        "Chest of the docks", "=Fund", theme="jobs", first_year="2020-21",
        areas=(PlaceSaid(WHOLE_PARTNERSHIP), PlaceSaid(small[0], DAY, "-a note")),
        allocations=(
            AllocationSaid(WHOLE_PARTNERSHIP, "2026-27", None, 12_345),
            AllocationSaid(small[0], None, "three years", 1, "planned", derived=True, basis="a third"),
        ),
    ), partnership=DEMO_SLUG, day=DAY, name="chest")  # fmt: skip
    make_action(session, "t", DEMO_SLUG, {
        "title": "Train", "owner": "The college", "due_on": date(2027, 1, 1), "starts_on": date(2026, 1, 1),
        "neighbourhoods": ["docks", "estate"], "targets": [jobs], "programmes": [f"{DEMO_SLUG}.chest"],
        "note": NASTY, "status": "under way",
    })  # fmt: skip
    make_record(session, "t", "managers", "docks", {"role": "Warden", "organisation": "=Trust"})
    make_record(session, "t", "services", "docks", {
        "service": "Cleaning", "provider": "Council", "standard": "-Daily", "review_on": date(2027, 1, 1),
    })  # fmt: skip
    make_record(session, "t", "budgets", "estate", {
        "fund": "Chest", "year": "2026-27", "amount_pence": 10**15, "decided_by": "Board",
        "programme": f"{DEMO_SLUG}.chest",
    })  # fmt: skip
    for version, publish in ((1, True), (2, True), (3, False)):
        words = StrategyGiven.model_validate({
            "vision": f"=Good {version}", "reason": "Because", "objectives": [
                {"title": "Work", "theme": "jobs", "words": NASTY, "targets": [jobs],
                 "actions": [f"{DEMO_SLUG}-train"]}
            ], "learning": [{"title": "Maps", "by": "The board", "due_on": "2026-09-01"}],
            "plans": [{"title": "Whole"}, {"title": "Part", "part_of": "Whole", "status": "merged"}],
        }).words()  # fmt: skip
        write_strategy(session, "t", DEMO_SLUG, words, "Because", DAY, publish=publish)
        if version == 1:
            member = "Barset Constabulary"
            sign_strategy(session, "t", DEMO_SLUG, member, DAY, DAY)
    write_note(session, "t", DEMO_SLUG, "practice", f"Seen. {NASTY}", "=Assessor", DAY)
    save_designation(session, DEMO_SLUG, worst_percent(20), None, "=Worst", "t")
    save_designation(
        session,
        DEMO_SLUG,
        {"any": [worst_percent(5), {"not": worst_percent(90)}]},
        None,
        None,
        "t",
        weights={"income": 1, "health": 2},
    )
    asked = StatementAsked("2026-27", f"{DEMO_SLUG}.chest")
    agreed = {"prepared_by_role": "Clerk", "agreed_on": "2026-05-01",
              "signatories": [{"role": "=Chair", "organisation": "The board"}]}  # fmt: skip
    write_statement(session, "t", DEMO_SLUG, asked, {"introduction": NASTY}, agreed, DAY, sign=True)
    write_statement(session, "t", DEMO_SLUG, asked, {"next": "More"}, {}, DAY, revise=True)
    bring_money(session)


def bring_money(session: Session) -> None:
    """Bring in money of the partnership's own: places of every kind, parts, weights, a refund, and refused rows."""
    row = session.execute(
        select(Postcode.postcode, Postcode.lsoa21_code).where(Postcode.demo).order_by(Postcode.postcode).limit(1)
    ).one()  # fmt: skip
    lines = [
        {"what": "=Wardens", "amount": "600.01", "place": row.postcode, "programme": "Chest of the docks",
         "year": "2020-21"},
        {"what": "Lights", "amount": "10", "place": f"{row.lsoa21_code}; {row.postcode}", "shares": "1/3; 2/3"},
        {"what": "Paths", "amount": "7.50", "place": "whole partnership", "weights": f"{row.lsoa21_code}=0.50",
         "estimate_basis": "given", "identifier": "P-1", "money_kind": "capital"},
        {"what": "Back", "amount": "-2.50", "place": "whole partnership", "role": "refund",
         "related_identifier": "P-1"},
        {"what": "Docks", "amount": "1", "place": "Docks", "deliverer": "Trust", "outcome": "Two \u2013 benches"},
        {"what": "Point", "amount": "3", "place": "", "longitude": "-2.2", "latitude": "52.1", "year": "2020-05-04"},
        {"what": "No sum", "amount": "=1+1", "place": "whole partnership"},
        {"what": "No place", "amount": "5", "place": "Atlantis"},
    ]  # fmt: skip
    for line in lines:
        line.setdefault("year", "2018-19")
        line["funder"] = "The fund"
    import_resources(
        session, "t", lines, "=grants.json", partnership_slug=DEMO_SLUG, demo=True, commit=True
    )
