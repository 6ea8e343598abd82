"""Wrong edits of what measures, mends and simplifies borders."""

from __future__ import annotations

from tests.mutant import Mutant

BORDER_MUTANTS = (
    Mutant(
        "the coast is not simplified",
        "boundaries/methods/levels.py",
        "published = np.concatenate([cover.pieces, sea])",
        "published = np.concatenate([cover.pieces, sea[:0]])",
        "tests/boundaries/methods/test_levels.py",
    ),
    Mutant(
        "small areas are simplified like large ones",
        "boundaries/methods/levels.py",
        "free = np.sqrt(own_m2) >= AREA_TO_TOLERANCE * tolerance_m",
        "free = np.sqrt(own_m2) >= 0 * tolerance_m",
        "tests/boundaries/methods/test_levels.py",
    ),
    Mutant(
        "a layer is simplified unmended",
        "boundaries/methods/mending.py",
        "if not faulty.any() and not len(thin):",
        "if True:",
        "tests/boundaries/methods/test_mending.py",
    ),
    Mutant(
        "an area covered by another is given away",
        "boundaries/methods/mending.py",
        "if share > LARGE_LOSS:",
        "if share > 9:",
        "tests/boundaries/methods/test_mending.py",
    ),
    Mutant(
        "slivers of whatever share",
        "boundaries/methods/slivers.py",
        "least_m2 = MINORITY * np",
        "least_m2 = np",
        "tests/boundaries/methods/test_slivers.py",
    ),
    Mutant(
        "a nested shell is always filled",
        "boundaries/methods/validity.py",
        "if covered > MOSTLY * shapely.area(part):",
        "if covered > 2 * shapely.area(part):",
        "tests/boundaries/methods/test_validity.py",
    ),
    Mutant(
        "the finest level instead of the coarsest",
        "boundaries/levels.py",
        "select(func.max(ReleaseLevel.tolerance_m))",
        "select(func.min(ReleaseLevel.tolerance_m))",
        "tests/boundaries/test_topology.py",
    ),
    Mutant(
        "years of a temporal set judged together",
        "boundaries/topology.py",
        "found = find_faults(drawn.shapes[alive])",
        "found = find_faults(drawn.shapes)",
        "tests/boundaries/test_topology.py",
    ),
    Mutant(
        "an area drawn twice is its own neighbour",
        "boundaries/methods/segments.py",
        "turned = (ends[one] == ends[other][:, [2, 3, 0, 1]]).all(axis=1)",
        "turned = np.ones(len(one), dtype=bool)",
        "tests/boundaries/methods/test_segments.py",
    ),
    Mutant(
        "three pieces in one place are two neighbours",
        "boundaries/methods/segments.py",
        "np.r_[True, np.diff(same) > 1] & np.r_[np.diff(same) > 1, True]",
        "np.ones(len(same), dtype=bool)",
        "tests/boundaries/methods/test_segments.py",
    ),
    Mutant(
        "a face between areas is covered by them",
        "boundaries/methods/coverage.py",
        "holes = faces[~is_covered(faces, shapes)]",
        "holes = faces[:0]",
        "tests/boundaries/methods/test_coverage.py",
    ),
    Mutant(
        "the second of a code is stored too",
        "boundaries/carrying.py",
        "sound = self._wanted[part] & is_valid",
        "sound = is_valid",
        "tests/boundaries/test_importing.py",
    ),
    Mutant(
        "a survey is due for ever",
        "boundaries/topology.py",
        "    release.surveyed_features = release.features_stored\n    worst",
        "    worst",
        "tests/boundaries/test_topology.py",
    ),
)
