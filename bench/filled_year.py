"""Makes a partnership of real councils and a year's work of it through the public API, for `bench.real_year`."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from httpx import Response
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.access.actions import create_token
from app.main import create_app
from app.sessions import writing
from app.settings import Settings

MOST_PLACES = 8
SECTORS = ("public", "private", "voluntary", "community")
# A budget is a penny more than the grants that are known: so much must be left.
PENNY = 1


class Place(NamedTuple):
    """Councils of a partnership, and how its record is carried."""

    name: str
    councils: list[str]
    region: str
    carried_as: str


class Desk:
    """The service on a database, an administrator's token, and what was checked so far."""

    def __init__(self, client: TestClient, secret: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {secret}"}
        self.wrong = 0

    def send(self, method: str, path: str, **sent: Any) -> Response:
        """Ask the API; what is not taken ends the benchmark."""
        headers = {**self.headers, **sent.pop("headers", {})}
        answer = self.client.request(method, f"/api/v1{path}", headers=headers, **sent)
        if answer.status_code >= 400:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:400]}")
        return answer

    def get(self, path: str) -> dict[str, Any]:
        """Read an answer."""
        body: dict[str, Any] = self.send("GET", path).json()
        return body

    def unchanged(self, path: str) -> dict[str, str]:
        """Read the ETag that a change must be sent with."""
        return {"If-Match": self.send("GET", path).headers["ETag"]}

    def check(self, what: str, seen: object, meant: object) -> None:
        """Print whether what is told is what was put in."""
        self.wrong += seen != meant
        told = f"{seen}" if seen == meant else f"{seen}, NOT {meant}"
        print(f"  {what:66} {told}"[:220])


class Made(NamedTuple):
    """What was put into one partnership."""

    place: Place
    slug: str
    neighbourhoods: list[str]
    targets: list[str]
    actions: list[str]


@contextmanager
def desk_of(engine: Engine) -> Iterator[Desk]:
    """Serve a database to this process alone."""
    with writing(engine) as session:
        secret = create_token(session, "administrator", None, "bench").secret
    with (
        tempfile.TemporaryDirectory() as folder,
        TestClient(create_app(Settings(data_dir=Path(folder)), engine)) as client,
    ):
        yield Desk(client, secret)


def fill(desk: Desk, place: Place) -> Made:
    """Make a partnership with members, neighbourhoods, targets, actions, a signed strategy, agreements and a note."""
    members = [
        {"name": f"{sector.title()} body {n} of {place.name}", "sector": sector}
        for n, sector in enumerate((*SECTORS, "public"))
    ]
    # One body sits on both.
    members.append({"name": "The river authority", "sector": "public"})
    said = {"name": place.name, "kind": "lsp", "authorities": place.councils, "members": members,
            "lead": members[0]["name"]}  # fmt: skip
    slug = str(desk.send("POST", "/partnerships", json=said).json()["slug"])
    places = _neighbourhoods(desk, slug)
    targets = [
        str(desk.send("POST", "/targets", json=said | {"partnership": slug}).json()["id"])
        for said in _targets(desk)
    ]
    lines = _lines_inside(desk, slug)
    actions = []
    for n, target in enumerate(targets):
        deed = {
            "partnership": slug, "title": f"Do the part {n}", "owner": members[n % len(members)]["name"],
            "theme": "health", "neighbourhoods": [places[n % len(places)]], "targets": [target],
            "lines": [lines[n % len(lines)]["id"]] if lines else [], "status": "under way",
            # The first is late.
            "starts_on": "2020-01-01", "due_on": "2021-03-31" if n == 0 else "2099-03-31",
        }  # fmt: skip
        actions.append(str(desk.send("POST", "/actions", json=deed).json()["id"]))
    _agree(desk, slug, places, lines)
    _write_strategy(desk, slug, targets, actions, [one["name"] for one in members[:3]])
    note = f"/partnerships/{slug}/accreditation/effective/note"
    seen = {"words": "Seen at the board.", "role": "Assessor of the regional office"}
    desk.send("PUT", note, json=seen, headers=desk.unchanged(note))
    return Made(place, slug, places, targets, actions)


def _neighbourhoods(desk: Desk, slug: str) -> list[str]:
    found = desk.get(f"/designate?partnership={slug}")
    groups: dict[int, list[str]] = defaultdict(list)
    for area in found["areas"]:
        if area["selected"]:
            groups[area["group"]].append(area["code"])
    return [
        str(
            desk.send(
                "POST", "/neighbourhoods",
                json={"name": f"{slug} {number}", "codes": codes, "partnership": slug,
                      "reason": "in the worst tenth of England"},
            ).json()["slug"]
        )
        for number, codes in sorted(groups.items())[:MOST_PLACES]
    ]  # fmt: skip


def _targets(desk: Desk) -> list[dict[str, Any]]:
    """Say a target of each kind, one that no series judges, and adopt those that the service offers."""
    life, poverty = "health-life-expectancy", "health-child-poverty"
    said: list[dict[str, Any]] = [
        {"title": "No district below 80 years", "kind": "floor", "indicator": life, "threshold": 80,
         "baseline_period": "2015", "due_period": "2098", "theme": "health"},
        {"title": "No district above one and a half times", "kind": "ratio", "indicator": poverty, "threshold": 1.5,
         "baseline_period": "2015", "due_period": "2098", "theme": "children"},
        {"title": "The worst fifth lives longer", "kind": "tail-gap", "indicator": life, "reduction_share": 0.1,
         "baseline_period": "2015", "due_period": "2098", "theme": "health"},
        {"title": "Children out of poverty", "kind": "level", "scope": "whole", "indicator": poverty, "threshold": 10,
         "baseline_period": "2018", "due_period": "2098", "path": "stepped",
         "milestones": [{"period": "2030", "figure": 16}, {"period": "2060", "figure": 12}], "theme": "children"},
        {"title": "Everybody feels safe", "kind": "level", "scope": "whole", "measure": "residents who feel safe",
         "unit": "per cent", "higher_is_worse": False, "baseline_value": 52, "threshold": 60,
         "baseline_period": "2025", "due_period": "2098", "theme": "crime"},
    ]  # fmt: skip
    kept = ("title", "theme", "kind", "threshold", "reduction_share", "tail_share", "baseline_period",
            "due_period", "source", "indicator")  # fmt: skip
    offered = [one for one in desk.get("/targets?limit=1000")["items"] if one["indicator"]]
    for one in offered:
        said.append(
            {name: one[name] for name in kept if one[name] is not None} | {"is_record": True}
        )
    return said


def _lines_inside(desk: Desk, slug: str) -> list[dict[str, Any]]:
    """Read the lines that lie in the saved neighbourhoods and state their programme and year."""
    asked = f"/partnerships/{slug}/ledger?neighbourhoods=saved&bucket=neighbourhoods&limit=1000"
    lines: list[dict[str, Any]] = desk.get(asked)["lines"]
    return [one for one in lines if one["programme"] and one["financial_year"]]


def _agree(
    desk: Desk, slug: str, places: list[str], lines: list[dict[str, Any]]
) -> None:  # fmt: skip
    programmes = {
        words: desk.send(
            "POST", "/programmes",
            json={"title": words, "funder": "Others", "partnership": slug},
        ).json()["id"]
        for words in dict.fromkeys(one["programme"] for one in lines)
    }  # fmt: skip
    for place in places:
        post = {"role": "Manager", "organisation": "The council", "starts_on": "2020-01-01"}
        cleaning = {"service": "Street cleaning", "provider": "The council", "standard": "Each Monday",
                    "review_on": "2021-04-01"}  # fmt: skip
        for kind, said in (("managers", post), ("services", cleaning)):
            desk.send("POST", f"/agreements/{kind}", json=said | {"neighbourhood": place})
        for (words, year), pence in grants_of(desk, place).items():
            if words in programmes:
                desk.send(
                    "POST", "/agreements/budgets",
                    json={"neighbourhood": place, "fund": words, "programme": programmes[words], "year": year,
                          "amount_pence": pence + PENNY, "decided_by": "The board"},
                )  # fmt: skip


def grants_of(desk: Desk, place: str) -> dict[tuple[str, str], int]:
    """Sum the lines of one neighbourhood's own ledger by the words of their programme and their year."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for one in desk.get(f"/neighbourhoods/{place}/ledger")["lines"]:
        if one["programme"] and one["financial_year"]:
            found[one["programme"], one["financial_year"]] += one["amount_pence"]
    return found


def _write_strategy(
    desk: Desk, slug: str, targets: list[str], actions: list[str], signers: list[str]
) -> None:
    words = {
        "vision": "A good place to live in.",
        "objectives": [
            {"title": "Longer lives", "theme": "health", "targets": targets[:3], "actions": actions[:3]},
            {"title": "All the rest", "targets": targets[3:], "actions": actions[3:]},
        ],
        "learning": [{"title": "Read figures", "status": "done"}],
        "plans": [{"title": "The old plan", "status": "merged", "part_of": "The strategy"},
                  {"title": "The strategy", "status": "kept"}],
        "reason": "A benchmark", "publish": True,
    }  # fmt: skip
    draft = desk.unchanged(f"/partnerships/{slug}/strategy/draft")
    desk.send("PUT", f"/partnerships/{slug}/strategy", json=words, headers=draft)
    for member in signers:
        desk.send("POST", f"/partnerships/{slug}/strategy/sign-offs", json={"member": member})
