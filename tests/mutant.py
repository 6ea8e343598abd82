"""A one-line wrong edit and the test that must notice it."""

from __future__ import annotations

from typing import NamedTuple


class Mutant(NamedTuple):
    """A wrong edit: the file, the right words (once in it), the wrong ones, and the test that kills it."""

    name: str
    file: str
    right: str
    wrong: str
    killed_by: str
