"""How surely areas are selected, and indices of one's own: the invented county over the database and HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.orm import Session

from app.indicators.methods.composite import InvalidWeights
from app.priorities import own_actions
from app.priorities.actions import designate
from app.priorities.cliff import InvalidPerturbation, read_perturbation
from app.priorities.methods.conditions import worst_percent
from app.priorities.methods.perturb import KINDS, Perturbation
from app.priorities.queries import Place, find_place
from tests.app.priorities.test_designate import DAY

if TYPE_CHECKING:
    from starlette.testclient import TestClient

COUNTY, INDEX = "X10000001", "imd-2019-demo"
URL = "/api/v1/designate"
PUBLISHED = {
    "income": 0.225, "employment": 0.225, "education": 0.135, "health": 0.135, "crime": 0.093,
    "barriers": 0.093, "living": 0.093,
}  # fmt: skip


@pytest.fixture
def county(demo_db: Session) -> tuple[Session, Place]:
    found = demo_db.connection().exec_driver_sql(
        "SELECT code FROM areas WHERE type = 'lad' AND demo"
    )
    codes = [row[0] for row in found]
    return demo_db, Place("The county", tuple(sorted(codes)))


@pytest.fixture
def asked(demo_client: TestClient) -> Callable[..., Any]:
    found = demo_client.get("/api/v1/areas", params={"type": "lad", "q": "", "limit": 50}).json()
    names = ",".join(item["code"] for item in found["items"] if item["code"].startswith("X"))

    def ask(**over: object) -> Any:
        return demo_client.get(URL, params={"areas": names, "index": INDEX, **over})  # type: ignore[dict-item]

    return ask


@pytest.mark.slow
def test_shares_are_of_seeded_draws_and_contested_areas_are_named(
    asked: Callable[..., Any],
) -> None:
    first = asked(seed="7", draws="200")
    assert first.status_code == 200, first.text
    assert first.content == asked(seed="7", draws="200").content
    body, other = first.json(), asked(seed="8", draws="200").json()
    assert [area["stability"] for area in body["areas"]] != [a["stability"] for a in other["areas"]]
    shaken = body["perturbations"]
    assert (shaken["seed"], shaken["draws"], shaken["kinds"]) == (7, 200, list(KINDS))
    assert shaken["editions"] == [INDEX, "imd-2025-demo"]
    assert shaken["cannot_tell"] is None
    listed = {area["code"] for area in shaken["contested"]}
    assert listed == {area["code"] for area in body["areas"] if area["contested"]}
    assert 0 < len(listed) < len(body["areas"])
    for area in body["areas"]:
        assert round(area["stability"] * 20, 9) % 1 == 0
    csv = asked(seed="7", draws="200").json()
    assert csv["areas"] == body["areas"]


@pytest.mark.slow
def test_what_cannot_be_drawn_by_is_refused_with_each_fault(asked: Callable[..., Any]) -> None:
    for given, pointer in (
        ({"seed": "lucky"}, "/seed"), ({"seed": "-1"}, "/seed"), ({"seed": "1e3"}, "/seed"),
        ({"seed": "9" * 30}, "/seed"), ({"seed": "٣"}, "/seed"), ({"draws": "0"}, "/draws"),
        ({"draws": "20000"}, "/draws"), ({"perturb": "weights,luck"}, "/perturb"),
        ({"weights": '{"income": NaN}'}, "/weights"), ({"weights": "half"}, "/weights"),
        ({"weights": '{"income": -1}'}, "/weights/income"), ({"weights": '{"smell": 1}'}, "/weights/smell"),
        ({"weights": '{"income": 0}'}, "/weights"),
    ):  # fmt: skip
        refused = asked(**given)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), (
            given
        )
    both = asked(seed="x", draws="y").json()["errors"]
    assert [fault["pointer"] for fault in both] == ["/seed", "/draws"]


@pytest.mark.slow
def test_more_draws_than_can_be_judged_at_once_are_refused(
    county: tuple[Session, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    session, place = county
    monkeypatch.setattr("app.priorities.cliff.MAX_JUDGED", 1_000)
    with pytest.raises(InvalidPerturbation, match="draws are judged at once"):
        designate(session, place, worst_percent(20), INDEX, perturbation=Perturbation(1, 1_000))


def test_the_words_of_an_address_are_read() -> None:
    assert read_perturbation(None, None, None) == Perturbation(1, 1000, KINDS)
    assert read_perturbation("5", "10", "year, weights") == Perturbation(5, 10, ("weights", "year"))
    assert read_perturbation("5", None, "none") is None
    with pytest.raises(InvalidPerturbation):
        read_perturbation(None, None, "none,year")
    with pytest.raises(InvalidPerturbation):
        read_perturbation(None, None, ",")


@pytest.mark.slow
def test_the_publishers_weights_give_the_published_list_and_others_another(
    county: tuple[Session, Place],
) -> None:
    session, place = county
    published = designate(session, place, worst_percent(20), INDEX)
    same = designate(session, place, worst_percent(20), INDEX, weights=PUBLISHED)
    assert same.selected_codes == published.selected_codes
    assert published.as_plain()["own_index"] is None
    other = designate(session, place, worst_percent(20), INDEX, weights={"crime": 1, "living": 0})
    crime = designate(session, place, worst_percent(20, "crime"), INDEX)
    # One domain alone ranks as that domain does.
    assert other.selected_codes == crime.selected_codes
    own = other.as_plain()["own_index"]
    assert own["weights"] == {"crime": 1.0}
    assert own["coverage"]["crime"] == other.index.areas_total
    assert "weights of one's own" in " ".join(other.as_plain()["notes"])


@pytest.mark.slow
def test_an_index_without_its_domains_cannot_tell(filled: Session) -> None:
    place = find_place(filled, ["Exshire"], DAY)
    made = designate(filled, place, worst_percent(10), "imd-2019", perturbation=Perturbation())
    plain = made.as_plain()
    assert {area["stability"] for area in plain["areas"]} == {None}
    assert "no full set of domains" in plain["perturbations"]["cannot_tell"]
    own = designate(filled, place, worst_percent(10), "imd-2019", weights={"income": 1.0})
    assert own.summary["areas_cannot_tell"] == own.summary["areas_total"] == 6
    assert own.coverage == {"income": 0}
    # The domain that is held, of an index held in part: a score here, but no rank among all 20.
    part = designate(filled, place, worst_percent(10), "imd-2019", weights={"crime": 1.0})
    assert part.summary["areas_cannot_tell"] == 6
    assert "only part of imd-2019 is loaded" in " ".join(part.as_plain()["notes"]).lower()


@pytest.mark.slow
def test_an_own_index_is_composed_kept_designated_by_and_removed(
    demo_client_that_writes: TestClient,
) -> None:
    from app.access.actions import create_token

    client: Any = demo_client_that_writes
    with Session(client.app.state.engine) as session:
        secret = create_token(session, "administrator", None, "test").secret
        session.commit()
    signed = {"Authorization": f"Bearer {secret}"}
    slug = client.get("/api/v1/partnerships").json()["items"][0]["slug"]
    recipe = {
        "index": INDEX,
        "weights": {"income": 0.5, "health": 0.5},
        "standardise": {"health": "rank"},
    }
    made = client.post("/api/v1/indices/compose", params={"limit": 3}, json=recipe).json()
    assert made["standardise"] == {"income": "exponential", "health": "rank"}
    assert (len(made["items"]), made["total"]) == (3, made["areas_total"])
    following = client.post(made["next"], json=recipe).json()
    assert following["items"][0]["code"] > made["items"][-1]["code"]
    here = client.post("/api/v1/indices/compose", json={**recipe, "partnership": slug}).json()
    assert 0 < here["total"] < made["total"]
    assert sorted(item["rank_here"] for item in here["items"])[0] == 1
    bad = client.post("/api/v1/indices/compose", json={**recipe, "standardise": "guess"})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/standardise")

    own = f"/api/v1/partnerships/{slug}/indices"
    assert client.post(own, json={**recipe, "title": "Ours"}).status_code == 401
    kept = client.post(own, json={**recipe, "title": "Ours"}, headers=signed)
    assert kept.status_code == 201, kept.text
    own_id = kept.json()["id"]
    assert [item["id"] for item in client.get(own).json()["items"]] == [own_id]
    asked = {"partnership": slug, "perturb": "none"}
    by_own = client.get(URL, params={**asked, "index": own_id}).json()
    by_hand = client.get(
        URL, params={**asked, "index": INDEX, "weights": json.dumps(recipe["weights"])}
    ).json()
    assert by_own["own_index"]["id"] == own_id
    # By hand every domain is put on the exponential scale: another list may come out, of the same areas.
    assert [a["code"] for a in by_own["areas"]] == [a["code"] for a in by_hand["areas"]]
    twice = client.get(URL, params={**asked, "index": own_id, "weights": '{"income": 1}'})
    assert twice.status_code == 422
    saved = client.post(
        f"/api/v1/partnerships/{slug}/designations",
        json={"index": own_id, "rule": worst_percent(10), "draws": 50}, headers=signed,
    )  # fmt: skip
    assert saved.status_code == 201, saved.text
    assert client.get(saved.headers["Location"]).json()["newer_inputs"] is None
    with_weights = client.post(
        f"/api/v1/partnerships/{slug}/designations",
        json={"rule": worst_percent(10), "weights": {"crime": 1}, "draws": 50}, headers=signed,
    )  # fmt: skip
    assert client.get(with_weights.headers["Location"]).json()["newer_inputs"] is None
    assert client.delete(f"{own}/{own_id}", headers=signed).status_code == 204
    assert client.get(URL, params={**asked, "index": own_id}).status_code == 404
    assert client.get(saved.headers["Location"]).status_code == 200


def test_weights_as_text_are_read_as_json_that_is_strict() -> None:
    assert own_actions.read_weights(None) is None
    assert own_actions.read_weights('{"income": 1}') == {"income": 1}
    for text in ('{"income": 1, "income": 2}', '{"income": Infinity}', "{", "[" * 2000):
        with pytest.raises(InvalidWeights):
            own_actions.read_weights(text)
