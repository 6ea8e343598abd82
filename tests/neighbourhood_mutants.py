"""Wrong edits of neighbourhoods: estimates, growing, lists, names, versions and files of outlines."""

from __future__ import annotations

from tests.mutant import Mutant

ROOM = "app/neighbourhoods/methods"
TESTS = "tests/app/neighbourhoods"

NEIGHBOURHOOD_MUTANTS = (
    Mutant(
        "people not known of one area are nobody",
        f"{ROOM}/estimates.py",
        "if missing or np.isnan(value):",
        "if np.isnan(value):",
        f"{TESTS}/test_estimates.py",
    ),
    Mutant(
        "a spread of a tenth passes for none",
        f"{ROOM}/estimates.py",
        "(max(all_known) - min(all_known)) / value if value > 0",
        "(max(all_known) - min(all_known)) / max(all_known) if value > 0",
        f"{TESTS}/test_estimates.py",
    ),
    Mutant(
        "an area all but in has the error of one half in",
        f"{ROOM}/estimates.py",
        "np.minimum(share, 1.0 - share)",
        "share",
        f"{TESTS}/test_estimates.py",
    ),
    Mutant(
        "postcodes at one point each have all its ground",
        f"{ROOM}/inhabited.py",
        "np.divide(listed, count, out=",
        "np.divide(listed, np.minimum(count, listed), out=",
        f"{TESTS}/test_estimates.py",
    ),
    Mutant(
        "a corner is a border",
        f"{ROOM}/pieces.py",
        "border_m > TOUCHING_M and",
        "border_m >= TOUCHING_M and",
        f"{TESTS}/test_grow.py",
    ),
    Mutant(
        "two groups join above the size",
        f"{ROOM}/grow.py",
        "if one.size + other.size <= band.high:",
        "if one.size + other.size <= 2 * band.high:",
        f"{TESTS}/test_grow.py",
    ),
    Mutant(
        "what is moved may leave its group in two",
        f"{ROOM}/smoothing.py",
        "if best is None or not in_one_piece(",
        "if best is None or in_one_piece(",
        f"{TESTS}/test_grow.py",
    ),
    Mutant(
        "an enclosed area is left a hole",
        f"{ROOM}/grow.py",
        "if pieces.groups[name].size + added <= band.high:",
        "if pieces.groups[name].size + added < 0:",
        f"{TESTS}/test_grow.py",
    ),
    Mutant(
        "a ring stays shut",
        f"{ROOM}/grow.py",
        "if enclosed_by(rest, around, steps):",
        "if not enclosed_by(rest, around, steps):",
        f"{TESTS}/test_grow.py",
    ),
    Mutant(
        "the largest place gives the name",
        f"{ROOM}/naming.py",
        'common["number"].map(size) + common["whole"] - common["common"]',
        'common["number"].map(size)',
        f"{TESTS}/test_naming.py",
    ),
    Mutant(
        "what is said twice is taken twice",
        f"{ROOM}/pasted.py",
        "elif tidy in first:",
        "elif tidy in ():",
        f"{TESTS}/test_pasted.py",
    ),
    Mutant(
        "people dropped are those of the other version",
        f"{ROOM}/differences.py",
        '"dropped": totals[0] - totals[2]',
        '"dropped": totals[1] - totals[2]',
        f"{TESTS}/test_differences.py",
    ),
    Mutant(
        "an outline that crosses itself is taken",
        "boundaries/outline_files.py",
        'check_polygon(shape, system="bng")',
        "shape",
        "tests/boundaries/test_outline_files.py",
    ),
    Mutant(
        "a KML's own entities are read",
        "boundaries/kml_files.py",
        "    parser.StartDoctypeDeclHandler = no_document_type\n",
        "",
        "tests/boundaries/test_outline_files.py",
    ),
    Mutant(
        "a place half of whose people are inside lies elsewhere",
        "app/resources/methods/ground_lines.py",
        "if share is None or share < 0.5:",
        "if share is None or share <= 0.5:",
        "tests/app/resources/test_ground_money.py",
    ),
    Mutant(
        "money whose place is not known is left out without a word",
        "app/resources/methods/ground_lines.py",
        "    return None\n",
        "    return 0.0\n",
        "tests/app/resources/test_ground_money.py",
    ),
)
