"""Wrong edits of places side by side, pieces of pages in other pages, and their receipts."""

from __future__ import annotations

from tests.mutant import Mutant

_COMPARED = "tests/app/pages/test_compare_page.py"
_EMBEDDED = "tests/app/pages/test_embed_page.py"
_RECEIPTS = "tests/app/pages/test_place_receipts.py"
_STATEMENT = "tests/app/statements/test_statement_over_http.py"
_MISSING = "tests/app/pages/test_missing_page.py"
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
    Mutant("no page of another site may frame a piece", "app/pages/embed_page.py",
           "frame-ancestors *", "frame-ancestors 'self'", _EMBEDDED),
    Mutant("the frame shows the usual rule, not the page's", "app/pages/links.py",
           'return f"/embed{self.to(ending)}"', 'return f"/embed{self.base}{ending}"', _EMBEDDED),
    Mutant("a title ends its attribute", "app/pages/share.py",
           'title="{escape(title)}"', 'title="{title}"', _EMBEDDED),
    Mutant("a wrong index is told as missing data", "app/pages/missing_view.py",
           "if all(one.is_here for one in wanted if one.is_needed):", "if all(one.is_here for one in wanted):",
           _MISSING),
    Mutant("what is drawn is told as missing", "app/pages/missing_view.py",
           '"Boundaries of its councils", not why, why', '"Boundaries of its councils", bool(why), why', _MISSING),
    Mutant("the rows of another year stand behind a year's money", "app/pages/plan_receipts.py",
           'where = (("bucket", bucket), ("financial_year", row["year"]), ("in_totals", "true"))',
           'where = (("bucket", bucket), ("in_totals", "true"))', _RECEIPTS),
    Mutant("every programme's rows stand behind a statement", "app/pages/plan_receipts.py",
           '("programme_id", statement["programme"]["id"])', '("in_totals", "true")', _STATEMENT),
)  # fmt: skip
