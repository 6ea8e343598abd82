"""A scatter drawn as SVG: where its dots stand, what it says, and that names cannot break out of it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from maps.scatter import HEIGHT, WIDTH, Axis, Dot, draw_scatter, round_up, together

X, Y = Axis("Need", after=" %", middle=50), Axis("Pounds", before="£", middle=10)


def test_dots_stand_at_their_values_on_axes_from_0() -> None:
    drawn = draw_scatter([Dot("1", "Mill", 0, 0), Dot("2", "Quay", 100, 20)], X, Y, title="t")
    circles = [
        (float(x), float(y)) for x, y in re.findall(r'<circle cx="([^"]+)" cy="([^"]+)"', drawn)
    ]
    # The picture is 404 by 328 pixels inside its margins of 84 left, 16 top; axes end at 100 and 20.
    assert circles == [(84.0, 344.0), (488.0, 16.0)]
    assert "<title>Quay: 100 %, £20</title>" in drawn
    assert ElementTree.fromstring(drawn).get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"


def test_what_is_pointed_out_differs_in_shape() -> None:
    drawn = draw_scatter([Dot("1", "Mill", 1, 1, pointed_out=True)], X, Y, title="t")
    assert "<circle" not in drawn
    assert "l8 8l-8 8l-8 -8z" in drawn


def test_hostile_names_are_text() -> None:
    nasty = "<script>alert(1)</script>\"'&"
    drawn = draw_scatter([Dot(nasty, nasty, 1, 1)], Axis(nasty), Axis(nasty), title=nasty)
    assert "<script>" not in drawn
    ElementTree.fromstring(drawn)


@pytest.mark.parametrize(
    ("most", "up"), [(0, 1), (1, 1), (1.2, 2), (2.1, 2.5), (260, 500), (0.07, 0.1)]
)
def test_an_axis_ends_at_a_round_number(most: float, up: float) -> None:
    assert round_up(most) == pytest.approx(up)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_what_cannot_be_drawn_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        draw_scatter([Dot("1", "Mill", value, 1)], X, Y, title="t")


def test_nothing_is_an_empty_picture() -> None:
    assert "<circle" not in draw_scatter([], X, Y, title="t")


def test_marks_of_dots_that_lie_on_one_another_stand_together_and_each_once() -> None:
    at_zero = [Dot(str(n), f"Place {n}", 100, 0) for n in (1, 2, 4, 5, 6, 7)]
    dots = [*at_zero, Dot("3", "Castle", 100, 20), Dot("rest", "Rest", 12, 0)]
    drawn = draw_scatter(dots, X, Y, title="t")
    written = re.findall(r'<text x="[^"]+" y="([^"]+)" text-anchor="(?:start|end)">([^<]+)<', drawn)
    marks = [words for _, words in written if not words.startswith("£")]
    assert marks == ["1, 2, 4–7", "3", "rest"]
    # each has its own line beneath in the paper's colour, which no reader aloud says again
    assert drawn.count('aria-hidden="true"') == len(marks)


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        (["1"], "1"), (["1", "2"], "1, 2"), (["8", "9", "10", "rest"], "8–10, rest"),
        ([str(n) for n in range(1, 60, 2)], "1, 3, 5, 7, 9, 11 and 24 more"),
    ],
)  # fmt: skip
def test_marks_in_a_row(marks: list[str], said: str) -> None:
    assert together(marks) == said
