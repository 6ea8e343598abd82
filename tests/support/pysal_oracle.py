"""Writes what PySAL says of Gi* for an invented land: `python -m tests.support.pysal_oracle` where esda is installed.

The libraries are 550 MB, so that the tests read what they said instead (esda 2.9.0, libpysal 4.14.1).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

WRITTEN = Path(__file__).with_name("gi_star_by_pysal.json")
SIDE, SEED = 12, 20010301


def invented_land() -> tuple[list[str], list[float], list[tuple[str, str]]]:
    """Codes, scores and touching pairs: squares with a cluster, some holes, and one island beside them."""
    random = np.random.default_rng(SEED)
    holes = {(3, 3), (3, 4), (8, 9)}
    at = [
        (row, column) for row in range(SIDE) for column in range(SIDE) if (row, column) not in holes
    ]
    codes = [f"E01{row:03d}{column:03d}" for row, column in at]
    near = np.array([np.hypot(row - 2, column - 8) for row, column in at])
    scores = np.round(60 * np.exp(-near / 3) + random.gamma(2.0, 6.0, len(at)), 3)
    code_at = dict(zip(at, codes, strict=True))
    pairs = [
        (code_at[here], code_at[(here[0] + down, here[1] + right)])
        for here in at
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))
        if (here[0] + down, here[1] + right) in code_at
    ]
    return codes, scores.tolist(), pairs


def main() -> None:
    """Ask PySAL and write its answer."""
    import warnings

    from esda import G_Local, fdr
    from libpysal.weights import W

    warnings.simplefilter("ignore")
    codes, scores, pairs = invented_land()
    neighbours: dict[str, list[str]] = {code: [] for code in codes}
    for one, other in pairs:
        neighbours[one].append(other)
        neighbours[other].append(one)
    weights = W(neighbours, id_order=codes, silence_warnings=True)
    weights.transform = "B"
    found = G_Local(np.array(scores), weights, transform="B", permutations=0, star=True)
    two_sided = np.minimum(1.0, 2 * found.p_norm)
    WRITTEN.write_text(
        json.dumps(
            {
                "z": dict(zip(codes, found.Zs.tolist(), strict=True)),
                "p": dict(zip(codes, two_sided.tolist(), strict=True)),
                "largest_p_kept_at_5_percent": float(fdr(two_sided, 0.05)),
            }
        )
    )


if __name__ == "__main__":
    main()
