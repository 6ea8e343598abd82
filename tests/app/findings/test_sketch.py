"""The layers of the demo county's partnerships, held against the findings they are drawn from."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.dependencies import today
from app.findings.area_rows import area_rows, signed
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.findings.queries import PlaceNotLoaded, require_loaded
from app.findings.sketch import draw_place
from app.partnerships.queries import Ground
from app.places.demo import DEMO_SLUG
from maps.layers import Layer


def findings(session: Session, slug: str = DEMO_SLUG) -> Findings:
    ground = find_ground(session, slug=slug, councils=None, day=today())
    asked = read_asked(session, ground, index_id=None, worst=None, rule=None)
    return gather(session, ground, asked, today())


def by_role(layers: list[Layer]) -> dict[str, list[Layer]]:
    found: dict[str, list[Layer]] = {}
    for layer in layers:
        found.setdefault(layer.role, []).append(layer)
    return found


@pytest.mark.slow
def test_every_small_area_is_drawn_once_in_the_order_of_the_table(demo_db: Session) -> None:
    found = findings(demo_db)
    rows = area_rows(found)
    layer = by_role(draw_place(demo_db, found))["choropleth"][0]
    assert layer.codes == [row.code for row in rows]
    assert len(layer.codes) == found.summary["areas_total"] == 92
    chosen = [row.selected for row in rows]
    assert chosen == sorted(chosen, reverse=True)
    ranks = [row.rank or 0 for row in rows if row.selected]
    assert ranks == sorted(ranks)


@pytest.mark.slow
def test_a_neighbourhood_covers_exactly_the_ground_of_its_areas(demo_db: Session) -> None:
    found = findings(demo_db)
    layers = by_role(draw_place(demo_db, found))
    areas = layers["choropleth"][0].frame.set_index("code")
    groups = layers["neighbourhood"][0].frame
    assert len(groups) == len(found.designated.groups.groups) == 7
    for row in groups.itertuples():
        codes = list(found.designated.groups.groups.loc[row.number, "codes"])
        own = areas.loc[codes].geometry.area.sum()
        assert row.geometry.area == pytest.approx(own, rel=1e-9)


@pytest.mark.slow
def test_circles_hold_located_and_estimated_money_to_the_penny(demo_db: Session) -> None:
    found = findings(demo_db)
    circles = by_role(draw_place(demo_db, found))["point"][0].frame
    inside = found.ledger.totals["neighbourhoods"]
    assert circles["value"].sum() == inside["located_pence"] + inside["estimated_pence"]
    docks = circles.set_index("name").loc["Money in Docks"]
    assert (docks["located"], docks["estimated"]) == ("£41,699.00", "£35,210.00")
    assert docks["label"] == "£41.7k\n+ £35.2k est."


@pytest.mark.slow
def test_money_is_left_out_where_it_was_not_asked_for(demo_db: Session) -> None:
    assert "point" not in by_role(draw_place(demo_db, findings(demo_db), with_money=False))


@pytest.mark.slow
def test_an_outline_of_its_own_is_drawn_over_the_councils_that_it_cuts(demo_db: Session) -> None:
    layers = by_role(draw_place(demo_db, findings(demo_db, "plumstead-vale")))
    assert [layer.name for layer in layers["outline"]] == [
        "Councils",
        "Whole partnership",
        "Where it does not match its councils",
    ]
    assert len(layers["outline"][0].frame) == 4
    # all of it is ground that other councils have: nothing of that may cover the shading
    looks = [each.style for each in layers["outline"][2].classes]
    assert {look.fill for look in looks} == {"none"}
    assert len({(look.stroke, look.dash) for look in looks}) == 3


def test_a_margin_carries_its_sign() -> None:
    assert [signed(number) for number in (7, 0, -76, 1234)] == ["+7", "0", "−76", "+1,234"]


def test_a_council_without_small_areas_is_refused_by_name(demo_db: Session) -> None:
    ground = Ground("x", ("X07000002", "X07000004"), ("Hogglestock", "Courcy"), demo=True)
    forget = text("DELETE FROM memberships WHERE parent_code = :code")
    demo_db.execute(forget, {"code": "X07000004"})
    with pytest.raises(PlaceNotLoaded) as told:
        require_loaded(demo_db, ground)
    assert "small areas of Courcy are not loaded" in told.value.detail
    assert './bounds up --place "Hogglestock, Courcy"' in told.value.detail


@pytest.mark.slow
def test_what_was_drawn_of_these_findings_is_given_again_and_of_others_drawn_anew(
    demo_db: Session,
) -> None:
    found = findings(demo_db)
    drawn = draw_place(demo_db, found)
    again = draw_place(demo_db, found)
    assert all(one is other for one, other in zip(drawn, again, strict=True))
    again.clear()  # the list is the caller's own
    assert len(draw_place(demo_db, found)) == len(drawn)
    without = draw_place(demo_db, found, with_money=False)
    assert len(without) == len(drawn) - 1
    asked: list[str] = []
    event.listen(demo_db.get_bind(), "before_cursor_execute", lambda *of: asked.append(of[2]))
    equal = findings(demo_db)
    asked.clear()
    assert all(one is not other for one in draw_place(demo_db, equal) for other in drawn)
    assert asked
    asked.clear()
    draw_place(demo_db, equal)
    assert not asked
