"""A code is told by its letters, and mended only to codes one slip away."""

from __future__ import annotations

import pytest

from app.vintages.methods.code_shapes import old_slugs, repairs_of, shape_of, tidy_code


@pytest.mark.parametrize(
    ("cell", "tidy"),
    [
        (" e06000018 ", "E06000018"), ("\ufeffE06000018", "E06000018"), ("E06000018\u00a0", "E06000018"),
        ("E06000018.0", "E06000018"), ("E06000018 Nottingham", "E06000018"), ("'E06000018", "E06000018"),
        ("15ub", "15UB"), ("LAD-15UB", "lad-15ub"), ("-", ""), ("n/a", ""), ("", ""),
        ("E06000018, E06000019", "E06000018, E06000019"),
    ],
)  # fmt: skip
def test_a_cell_is_tidied(cell: str, tidy: str) -> None:
    assert tidy_code(cell) == tidy


@pytest.mark.parametrize(
    ("tidy", "shape"),
    [
        ("E06000018", "gss"), ("W06000001", "gss"), ("X01000001", "gss"), ("15UB", "old"), ("15UBFA", "old"),
        ("15UB001", "old"), ("lad-15ub", "slug"), ("E0800006", "damaged"), ("E0600OO18", "damaged"),
        ("E060000181", "damaged"), ("Salford", ""), ("12345678", ""), ("2019-04-01", ""),
    ],
)  # fmt: skip
def test_a_shape_is_told(tidy: str, shape: str) -> None:
    assert shape_of(tidy) == shape


def test_a_lost_digit_a_letter_and_a_digit_too_many_are_mended() -> None:
    fits = repairs_of("E0800006")
    assert {"E08000006", "E08000016", "E08000026"} <= set(fits)
    assert all(len(code) == 9 for code in fits)
    assert repairs_of("E0600OO18") == ["E06000018"]
    assert "E06000018" in repairs_of("E060000018")
    assert repairs_of("E06000018") == []
    assert repairs_of("SALFORD") == []


def test_old_codes_lead_to_slugs() -> None:
    assert old_slugs("15UB") == ("lad-15ub", "wd-15ub")
    assert old_slugs("E06000018") == ()
