"""Wrong edits of places side by side, pieces of pages in other pages, and their receipts."""

from __future__ import annotations

from tests.mutant import Mutant

_COMPARED = "tests/app/pages/test_compare_page.py"
COMPARE_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a place stands beside itself", "app/profiles/place_words.py",
           "elif found in places:", "elif found is None:", _COMPARED),
    Mutant("a fifth place is compared", "app/profiles/place_words.py",
           "FEWEST_PLACES, MOST_PLACES = 2, 4", "FEWEST_PLACES, MOST_PLACES = 2, 5", _COMPARED),
    Mutant("the difference is the first less the second", "app/profiles/places_compared.py",
           "round(values[1] - values[0], 6)", "round(values[0] - values[1], 6)", _COMPARED),
    Mutant("partnership-wide money of a smaller place is none, not unknown", "app/profiles/place_money.py",
           "            return None, NOT_OF_A_GROUND", '            return 0, ""', _COMPARED),
    Mutant("money mostly elsewhere counts as located", "app/profiles/place_money.py",
           'line["certainty"] == certainty), ""', 'line["certainty"]), ""', _COMPARED),
    Mutant("the key counts the last map alone", "app/pages/compare_places_view.py",
           "(before.shapes if before is not None else 0)", "0", _COMPARED),
)  # fmt: skip
