"""Wrong edits of what relates areas and shares them out."""

from __future__ import annotations

from tests.mutant import Mutant

RELATIONS = "tests/boundaries/methods/test_relations.py"

RELATION_MUTANTS = (
    Mutant(
        "a share of the other area passes for a sliver of this one",
        "boundaries/methods/relations.py",
        "within |= left_a <= h * a.area_m2",
        "within |= left_a <= h * b.area_m2",
        RELATIONS,
    ),
    Mutant(
        "slivers without a tolerance",
        "boundaries/methods/relations.py",
        "* min(tolerance_m / _FINEST_MEASURED_M, 1.0)",
        "* 1.0",
        RELATIONS,
    ),
    Mutant(
        "a core larger than a disc's",
        "boundaries/methods/relations.py",
        "np.sqrt(np.pi) * radius_m",
        "radius_m",
        RELATIONS,
    ),
    Mutant(
        "ground under edges that cross counted whole",
        "boundaries/methods/shared_ground.py",
        "twice[crosses] *= lower[crosses]",
        "twice[crosses] *= 1.0 + 0 * lower[crosses]",
        RELATIONS,
    ),
    Mutant(
        "postcodes that are missing counted as 0",
        "boundaries/postcode_shares.py",
        "table = np.full((areas, 2), np.nan)",
        "table = np.zeros((areas, 2))",
        "tests/boundaries/test_footprints.py",
    ),
)
