"""Wrong edits of what looks points, postcodes and rows up."""

from __future__ import annotations

from tests.mutant import Mutant

LOOKUP_MUTANTS = (
    Mutant(
        "a point on a border lies beside it", "boundaries/methods/atlas_points.py",
        "(seen.is_in | (seen.metres < ON_BORDER_M))", "seen.is_in",
        "tests/boundaries/methods/test_atlas_points.py",
    ),
    Mutant(
        "the last day of an outline is lived twice", "boundaries/methods/atlas_points.py",
        "(day[point] < atlas.valid_to[area])", "(day[point] <= atlas.valid_to[area])",
        "tests/boundaries/methods/test_atlas_points.py",
    ),
    Mutant(
        "a stretch that only ends on the line is crossed", "boundaries/methods/atlas.py",
        "(is_below[:-1] != is_below[1:])", "(is_below[:-1] | is_below[1:])",
        "tests/boundaries/methods/test_atlas.py",
    ),
    Mutant(
        "the other side is told however far the border", "boundaries/methods/atlas_points.py",
        "(held.area >= 0) & (held.metres <= near_of)", "held.area >= 0",
        "tests/boundaries/methods/test_atlas_points.py",
    ),
    Mutant(
        "a run to the east of one point is crossed by its first end alone", "boundaries/methods/atlas.py",
        "(self.last_y(east) <= py[odd])", "(self.first_y(east) <= py[odd])",
        "tests/boundaries/methods/test_atlas.py",
    ),
    Mutant(
        "a chain to the east of one point is never crossed", "boundaries/methods/atlas.py",
        "is_odd = (self._chain_first_y[at] <= py) !=", "is_odd = (self._chain_last_y[at] <= py) !=",
        "tests/boundaries/methods/test_atlas.py",
    ),
    Mutant(
        "a border is taken to be as near as the nearest side of its box", "boundaries/methods/atlas.py",
        "np.minimum(near[0] + far[1], near[1] + far[0])", "np.minimum(near[0] + near[1], far[0] + far[1])",
        "tests/boundaries/methods/test_atlas.py",
    ),
    Mutant(
        "a box is near within half its reach", "boundaries/methods/atlas.py",
        "(west - within <= x)", "(west - within / 2 <= x)",
        "tests/boundaries/methods/test_atlas_points.py",
    ),
    Mutant(
        "an area is written with the head of the last one", "app/lookup/written.py",
        "self._heads[area] = head", "self._heads[0] = head; self._heads[area + 1] = head",
        "tests/app/lookup/test_points_http.py",
    ),
    Mutant(
        "a chain goes on into the next ring", "boundaries/methods/atlas.py",
        "is_first[1:] = run_first[1:] != run_first[:-1] + run_length[:-1]", "is_first[1:] = False",
        "tests/boundaries/methods/test_atlas.py",
    ),
    Mutant(
        "of many points the highest code answers", "boundaries/methods/atlas_rows.py",
        "np.argsort(-area", "np.argsort(area",
        "tests/boundaries/methods/test_atlas_rows.py",
    ),
    Mutant(
        "what lies nearest stands for a whole square", "boundaries/methods/atlas_rows.py",
        "& ~is_gap[:, layer]", "", "tests/boundaries/methods/test_atlas_rows.py",
    ),
    Mutant(
        "long runs of border mark no square", "boundaries/methods/atlas_rows.py",
        "run[is_long]", "run[:0]", "tests/boundaries/methods/test_atlas_rows.py",
    ),
    Mutant(
        "a run to the east is crossed by its first end alone", "boundaries/methods/atlas_rows.py",
        "atlas.last_y(run[is_east]) <= py[is_east]", "atlas.first_y(run[is_east]) <= py[is_east]",
        "tests/boundaries/methods/test_atlas_rows.py",
    ),
    Mutant(
        "only the first of those who wait is asked about", "app/sessions.py",
        "key for key, _ in waiting)", "key for key, _ in waiting[:1])", "tests/app/test_sessions.py",
    ),
    Mutant(
        "refusals are answered at the door", "app/lookup/door.py",
        "pass  # the route says it in full", "return", "tests/app/lookup/test_door.py",
    ),
    Mutant(
        "layers kept although the data moved on", "app/lookup/standing.py",
        "if at != self._moment:", "if not self._moment:", "tests/app/lookup/test_points_http.py",
    ),
    Mutant(
        "a short row is not filled up", "app/lookup/rows.py",
        '*[""] * (width - len(cells)), ', "", "tests/app/lookup/test_tables_of_rows.py",
    ),
    Mutant(
        "a postcode is a candidate for itself", "app/lookup/postcode_spelling.py",
        "if one != tidy and is_whole(one)", "if is_whole(one)",
        "tests/app/lookup/test_postcode_spelling.py",
    ),
    Mutant("a kept answer outlives its row", "app/lookup/standing.py",
           "key = view, found, types", "key = view, found[0], types", "tests/app/lookup/test_points_http.py"),
    Mutant("a kept answer has all types", "app/lookup/standing.py",
           "key = view, found, types", "key = view, found", "tests/app/lookup/test_points_http.py"),
    Mutant("a path below a folder is kept from its room", "app/signposts.py",
           '".*" if part.endswith', '"[^/]+" if part.endswith', "tests/app/test_signposts.py"),
    Mutant("a longer path is let through", "app/signposts.py",
           'return "".join(written) + r"\\Z"', 'return "".join(written)', "tests/app/test_signposts.py"),
)  # fmt: skip
