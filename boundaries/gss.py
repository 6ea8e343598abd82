"""Parses and checks the nine-character codes of areas; refuses what is not one."""

from __future__ import annotations

import re

GSS_CODE_PATTERN = r"[EKWSNX][0-9]{8}"
_CODE = re.compile(GSS_CODE_PATTERN)
# Areas without a GSS code: their type, a hyphen, and what the source calls them.
_SLUG = re.compile(r"[a-z]{2,5}-[a-z0-9-]+", re.IGNORECASE)


def is_gss_code(text: str) -> bool:
    """Say whether `text` has the shape of a GSS code (a letter and eight digits; X is the demo county)."""
    return bool(_CODE.fullmatch(text))


def normalise_code(text: str) -> str:
    """Strip blanks and raise letters: `' e07000062 '` is `E07000062`; a slug (`wd-09ucfa`) is kept low.

    Anything else is returned upper-cased.
    """
    tidy = text.strip()
    return tidy.lower() if _SLUG.fullmatch(tidy) else tidy.upper()


def is_demo_code(code: str) -> bool:
    """Say whether a code belongs to the invented county, whose codes begin with X."""
    return code.startswith("X")
