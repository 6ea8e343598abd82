"""Under which licence a package says it stands, in SPDX's words, and whether it may be depended on; asks nobody."""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata

# Permissive, or copyleft that ends at the library's own files: none of them reaches what uses it.
ALLOWED = frozenset({
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "HPND", "ISC",
    "LGPL-3.0-only", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
})  # fmt: skip
# What older packages write, in a word or two or as a classifier.
_SPOKEN = {
    "mit": "MIT", "mit license": "MIT", "bsd": "BSD-3-Clause", "new bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause", "bsd-3-clause": "BSD-3-Clause", "bsd 2-clause license": "BSD-2-Clause",
    "apache 2.0": "Apache-2.0", "apache-2.0": "Apache-2.0", "apache software license": "Apache-2.0",
    "isc license": "ISC", "isc license (iscl)": "ISC", "mpl-2.0": "MPL-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}  # fmt: skip
# Those that say it only in the file LICENSE, or offer several to choose from as classifiers.
_READ = {
    "axe-playwright-python": "MIT", "exactextract": "Apache-2.0", "resvg-py": "MIT",
    "pyphen": "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1", "uvloop": "Apache-2.0 OR MIT",
}  # fmt: skip
# Of a choice of copyleft licences one that ends at the library's own files is taken.
ALLOWED_IN_CHOICE = ALLOWED | {"LGPL-2.1-or-later"}
_WORD = re.compile(r"[()]|[A-Za-z0-9.+-]+")


def licence_of(name: str, told: PackageMetadata) -> str | None:
    """Give an SPDX expression for a package by its metadata; None where it says nothing that is known."""
    if "License-Expression" in told:
        return told["License-Expression"]
    if name in _READ:
        return _READ[name]
    classifiers = [
        line.split("::")[-1].strip()
        for line in told.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    # The short word first: it tells two clauses from three.
    for spoken in (*(told.get_all("License") or []), *classifiers):
        known = _SPOKEN.get(" ".join(str(spoken).lower().split()))
        if known is not None:
            return known
    return None


def is_allowed(expression: str) -> bool:
    """Say whether an SPDX expression of AND, OR and brackets can be met by licences that are allowed."""
    words = _WORD.findall(expression)
    met, rest = _either(words)
    return met and not rest


def _either(words: list[str]) -> tuple[bool, list[str]]:
    met, rest = _all(words)
    while rest and rest[0] == "OR":
        another, rest = _all(rest[1:])
        met = met or another
    return met, rest


def _all(words: list[str]) -> tuple[bool, list[str]]:
    met, rest = _one(words)
    while rest and rest[0] == "AND":
        another, rest = _one(rest[1:])
        met = met and another
    return met, rest


def _one(words: list[str]) -> tuple[bool, list[str]]:
    if not words:
        return False, []
    if words[0] == "(":
        met, rest = _either(words[1:])
        return (met, rest[1:]) if rest[:1] == [")"] else (False, [])
    return words[0] in ALLOWED_IN_CHOICE, words[1:]
