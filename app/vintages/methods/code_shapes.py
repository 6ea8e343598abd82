"""Tells by its letters whether a cell may be an area's code, and what a damaged one may have been."""

from __future__ import annotations

import re

GSS_LENGTH = 9
_GSS = re.compile(r"[EKWSNJLMX][0-9]{8}")
# Before 2011: districts 15UB, wards 15UBFA, parishes 15UB001.
_OLD = re.compile(r"[0-9]{2}[A-Z]{2}([A-Z]{2}|[0-9]{3})?")
_SLUG = re.compile(r"[a-z]{2,5}-[a-z0-9]+(-[a-z0-9]+)*")
_DAMAGED = re.compile(r"[EWSNX][0-9OIL]{6,9}")
_WITHIN = re.compile(r"(?<![A-Z0-9])[EWSNKX][0-9]{8}(?![0-9])")
# Marks of a missing figure stand for a missing code too.
_BLANK = frozenset(
    {"-", "--", "–", "—", ".", "..", ":", "*", "N/A", "NA", "NULL", "NONE", "NAN", "#N/A"}
)
_DUST = str.maketrans("", "", "\ufeff\u200b\u200c\u200d\u2060\"'`")
_LETTERS = str.maketrans("OIL", "011")
_SHORTEST = 7


def tidy_code(cell: str) -> str:
    """Give a cell without blanks and marks around it, in capitals; a slug (`lad-15ub`) in small letters.

    A code with words beside it (`E06000018 Nottingham`) is the code, one made a number (`E06000018.0`) too.
    """
    plain = " ".join(cell.translate(_DUST).replace("\u00a0", " ").split())
    if _SLUG.fullmatch(plain.lower()):
        return plain.lower()
    tidy = plain.upper()
    if tidy in _BLANK:
        return ""
    if len(tidy) > GSS_LENGTH and len(within := set(_WITHIN.findall(tidy))) == 1:
        return within.pop()
    return tidy


def shape_of(tidy: str) -> str:
    """Name a tidy cell's shape: `gss`, `old`, `slug`, `damaged` (nearly a GSS code), or nothing."""
    if _GSS.fullmatch(tidy):
        return "gss"
    if _OLD.fullmatch(tidy):
        return "old"
    if _SLUG.fullmatch(tidy):
        return "slug"
    return "damaged" if _DAMAGED.fullmatch(tidy) else ""


def repairs_of(tidy: str) -> list[str]:
    """List the codes that a damaged one may have been: a letter for a digit, a digit lost or one too many.

    In order of code, without the cell itself; which of them are areas the caller asks the list of areas.
    """
    if not _DAMAGED.fullmatch(tidy):
        return []
    letter, digits = tidy[0], tidy[1:].translate(_LETTERS)
    found = {letter + digits}
    lacking = GSS_LENGTH - 1 - len(digits)
    if lacking == 1:
        found |= {
            f"{letter}{digits[:at]}{digit}{digits[at:]}"
            for at in range(len(digits) + 1)
            for digit in "0123456789"
        }
    elif len(tidy) == _SHORTEST:
        # Two lost: only zeros of a run are guessed, or the candidates were hundreds.
        found |= {f"{letter}{digits[:at]}00{digits[at:]}" for at in range(len(digits) + 1)}
    elif lacking == -1:
        found |= {f"{letter}{digits[:at]}{digits[at + 1 :]}" for at in range(len(digits))}
    return sorted(code for code in found if _GSS.fullmatch(code) and code != tidy)


def old_slugs(tidy: str) -> tuple[str, ...]:
    """Give the slugs that stand for a code from before 2011: a district's, a ward's."""
    return (f"lad-{tidy.lower()}", f"wd-{tidy.lower()}") if _OLD.fullmatch(tidy) else ()
