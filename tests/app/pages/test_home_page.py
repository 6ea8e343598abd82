"""What the start page says before its map: councils that stand out, those that lead, partnerships by their councils."""

from __future__ import annotations

from app.indicators.worst_tenth import added_up
from app.pages.home_view import HomeView, RankedRow


def row(name: str, worst: int | None, areas: int | None, *, demo: bool = False) -> RankedRow:
    """One council of so many small areas, some of them in the most deprived tenth."""
    return RankedRow(name, name, f"/{name}", demo, worst, areas)


def view(*councils: RankedRow) -> HomeView:
    """The start page of some councils and nothing else."""
    return HomeView(
        [], list(councils), has_demo=False, regions=[], national=None, credits=[], indices=[]
    )


def test_three_tenths_exactly_stand_out_and_invented_or_unknown_councils_are_counted_nowhere() -> (
    None
):
    seen = view(
        row("a", 6, 10), row("b", 3, 10), row("c", 29, 100), row("d", 1, 100), row("e", 0, 10),
        row("f", None, None), row("x", 9, 10, demo=True),
    )  # fmt: skip
    assert (seen.heavy, seen.real) == (2, 5)
    assert [one.name for one in seen.leading] == ["a", "b", "c"]


def test_nobody_leads_where_there_are_too_few_to_compare() -> None:
    assert view(row("a", 6, 10), row("b", 3, 10), row("c", 1, 10)).leading == []


def test_a_partnership_is_the_sum_of_its_councils_by_the_indices_that_all_of_them_have() -> None:
    found = {"a": {"old": (1, 10), "new": (2, 10)}, "b": {"new": (3, 20)}}
    assert added_up(found, ["a", "b"]) == {"new": (5, 30)}
    assert added_up(found, ["a", "unknown"]) == {}
    assert added_up(found, []) == {}
