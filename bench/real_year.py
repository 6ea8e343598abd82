"""Fills partnerships of real councils with a year's work through the public API and holds all that is told against it.

Run as `python -m bench.real_year URL` on a database with England, its indicators and its money. Two partnerships are
made, of Hastings with Rother and of Sunderland, and taken out again. What cannot be made up is real: the targets that
the service offers are adopted and judged by published series, the devolved budgets are set beside published grants,
the priorities are those of the Indices. Each check is printed with what was seen; seconds are of this process.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import Any

import orjson

from app.late_imports import load_late
from bench.filled_year import PENNY, Desk, Made, Place, desk_of, fill, grants_of
from boundaries.database import make_engine

LONGEST_IMPORT_S = 300.0
PLACES = (
    Place("Bench year of Hastings and Rother", ["E07000062", "E07000064"], "E12000008", "json"),
    Place("Bench year of Sunderland", ["E08000024"], "E12000001", "xlsx"),
)


def check_told(desk: Desk, made: Made) -> None:
    """Hold members, targets, money, accreditation and agreements of one partnership against what was put in."""
    root = f"/partnerships/{made.slug}"
    members = desk.get(f"{root}/members")
    desk.check("members, sectors missing", (members["total"], members["missing_sectors"]), (6, []))
    progress = desk.get(f"{root}/progress")
    desk.check("targets judged", len(progress["targets"]), len(made.targets))
    desk.check("words of targets sum", sum(progress["counts"].values()), len(made.targets))
    bare = [one for one in progress["targets"] if one["series"] is None]
    desk.check(
        "without a series, and offered one", (len(bare), bool(bare[0]["nearest"])), (1, True)
    )
    desk.check("actions late", progress["overdue"], 1)
    for one in progress["targets"]:
        print(f"    {one['status']:12} {one['title'][:50]:50} {one['reason']}"[:200])
    _check_money(desk, root)
    evidence = [
        each for one in desk.get(f"{root}/accreditation")["criteria"] for each in one["evidence"]
    ]
    baselines = [each["words"] for each in evidence if "baseline" in each["words"]]
    many = len(made.targets)
    meant = f"{many} of {many} targets with a figure for the baseline"
    desk.check("accreditation: baselines", [each[: len(meant)] for each in baselines], [meant])
    gap = desk.get(f"{root}/gap")
    desk.check("gap is told", bool(gap["sentence"] and gap["subjects"]), True)
    print(f"    {gap['sentence']}"[:200])
    known = left = 0
    for place in made.neighbourhoods:
        grants = grants_of(desk, place)
        for budget in desk.get(f"/neighbourhoods/{place}/agreements")["budgets"]:
            told = budget["known"]["awarded"]
            known += (
                told["located_pence"]
                + told["estimated_pence"]
                - grants[budget["fund"], budget["year"]]
            )
            left += told["left_pence"] - PENNY
    desk.check("budgets against the ledger, pence that differ", (known, left), (0, 0))
    for page in ("progress", "gap", "accreditation", "strategy", "members", "ground"):
        shown = desk.client.get(f"{root}/{page}", headers={"Accept": "text/html"})
        desk.check(f"page {page}", shown.status_code, 200)


def _check_money(desk: Desk, root: str) -> None:
    report = desk.get(f"{root}/progress/report")
    for stage in report["spent"]["stages"]:
        asked = f"{root}/ledger?neighbourhoods=saved&lines=none&stage={stage['stage']}"
        totals = desk.get(asked)["totals"]
        for part in ("neighbourhoods_pence", "rest_of_partnership_pence"):
            by_year = sum(row[part] for row in stage["years"])
            desk.check(f"report, {stage['stage']}, {part}", by_year, totals[part])
        buckets = ("neighbourhoods", "rest_of_partnership", "outside", "not_placed")
        whole = sum(totals[f"{name}_pence"] for name in buckets)
        desk.check(f"ledger, {stage['stage']}: its parts are the file", whole, totals["file_pence"])


def check_together(desk: Desk, made: list[Made]) -> None:
    """Hold the merger, the suggestions and the regions of all of them against what each has."""
    slugs = ",".join(one.slug for one in made)
    merger = desk.get(f"/mergers?partnerships={slugs}")
    money = merger["money"]
    before = sum(row["here_pence"] for row in money["before"])
    walked = before - money["once"]["counted_again"]["pence"] + money["only_in_all"]["pence"]
    walked -= money["in_none_of_all"]["pence"]
    desk.check("merger: from before to after, pence", walked, money["after"]["here_pence"])
    desk.check("merger: members in both", len(merger["members"]["in_several"]), 1)
    print(f"    {merger['sentence']}"[:220])
    twin = desk.send(
        "POST", "/partnerships",
        json={"name": "Bench twin", "kind": "csp", "authorities": made[0].place.councils},
    ).json()["slug"]  # fmt: skip
    try:
        deed = {"partnership": twin, "title": "Wardens", "owner": "The council", "theme": " Health",
                "due_on": "2099-01-01"}  # fmt: skip
        desk.send("POST", "/actions", json=deed)
        pairs = desk.get("/overlaps/partnerships?limit=1000")["items"]
        why = [one["why"] for one in pairs if {one["a"], one["b"]} == {twin, made[0].slug}]
        desk.check("fewer: the twin is named", len(why), 1)
        print(f"    {why}"[:220])
    finally:
        desk.send(
            "DELETE", f"/partnerships/{twin}", headers=desk.unchanged(f"/partnerships/{twin}")
        )
    for one in made:
        _check_region(desk, one)


def _check_region(desk: Desk, made: Made) -> None:
    region = desk.get(f"/regions/{made.place.region}/partnerships?limit=1000")
    (row,) = [row for row in region["items"] if row["slug"] == made.slug]
    root = f"/partnerships/{made.slug}"
    desk.check(
        "region: progress is the partnership's",
        row["progress"],
        desk.get(f"{root}/progress")["counts"],
    )
    counts = desk.get(f"{root}/accreditation")["counts"]
    desk.check("region: evidence", {name: row["accreditation"][name] for name in counts}, counts)
    once, parts = region["money"]["once"], region["money"]["reconciled"]
    walked = (
        once["sum_of_each"]["pence"] - once["counted_again"]["pence"] - parts["beyond"]["pence"]
    )
    walked += parts["in_none"]["pence"]
    desk.check("region: to what it holds itself, pence", walked, region["money"]["region"]["pence"])


def carry(desk: Desk, made: Made) -> None:
    """Take the record out, remove the partnership, bring it in again: to the byte, and told as before."""
    root = f"/partnerships/{made.slug}"
    record = desk.send("GET", f"{root}/record.json").content
    file = desk.send("GET", f"{root}/record.{made.place.carried_as}").content
    asked = ("progress", "gap", "accreditation", "strategy", "members")
    told = {what: desk.get(f"{root}/{what}") for what in asked}
    desk.send("DELETE", root, headers=desk.unchanged(root))
    name = f"record.{made.place.carried_as}"
    begun = desk.send(
        "POST", f"/imports/record?partnership={made.slug}", files={"file": (name, file)}
    )
    run = _ended(desk, begun.headers["Location"].removeprefix("/api/v1"))
    desk.check(f"record as {made.place.carried_as}: brought in", run["status"], "done")
    if run["status"] != "done":
        raise SystemExit(orjson.dumps(run.get("report")).decode()[:1000])
    again = desk.send("GET", f"{root}/record.json").content
    desk.check("record: the same to the byte", again == record, True)
    for what in asked:
        desk.check(f"record: {what} as before", desk.get(f"{root}/{what}") == told[what], True)


def _ended(desk: Desk, address: str) -> dict[str, Any]:
    give_up_at = time.monotonic() + LONGEST_IMPORT_S
    run = desk.get(address)
    while run["status"] == "running" and time.monotonic() < give_up_at:
        time.sleep(0.5)
        run = desk.get(address)
    return run


def run(url: str) -> bool:
    """Fill, check, carry and take out again; returns whether everything was told as it was put in."""
    load_late()
    engine = make_engine(url, statement_timeout_s=600)
    with ExitStack() as kept:
        desk = kept.enter_context(desk_of(engine))
        made: list[Made] = []
        kept.callback(lambda: _take_out(desk, made))
        for place in PLACES:
            began, spent = time.perf_counter(), time.process_time()
            made.append(fill(desk, place))
            took, used = time.perf_counter() - began, time.process_time() - spent
            print(f"{place.name}: filled in {took:.1f} s, CPU {used:.1f} s")
            check_told(desk, made[-1])
        print("together")
        check_together(desk, made)
        for one in made:
            print(f"{one.place.name}: its record")
            carry(desk, one)
        verdict = f"{desk.wrong} NOT as put in" if desk.wrong else "as put in"
        print(f"a year of real partnerships: {verdict}")
        return not desk.wrong


def _take_out(desk: Desk, made: list[Made]) -> None:
    for one in made:
        root = f"/partnerships/{one.slug}"
        found = desk.client.get(f"/api/v1{root}")
        if found.status_code == 200:
            desk.send("DELETE", root, headers={"If-Match": found.headers["ETag"]})


if __name__ == "__main__":
    sys.exit(0 if run(sys.argv[1]) else 1)
