"""The bars of money, one part after another: `python -m bench.resources FOLDER [PART]`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench import estimates, imports

PARTS: dict[str, Callable[[Path], bool]] = {
    "import": imports.run,
    "estimate": estimates.run,
}


def run(mirror: Path) -> bool:
    """Run every part; say whether all bars were met."""
    met = [part(mirror) for part in PARTS.values()]  # each is run, whatever came of the one before
    return all(met)


if __name__ == "__main__":
    met = [PARTS[name](Path(sys.argv[1])) for name in sys.argv[2:] or list(PARTS)]
    sys.exit(0 if all(met) else 1)
