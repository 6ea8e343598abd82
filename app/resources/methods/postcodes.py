"""Postcodes as people type them, put into the one form the tables hold, saying what was changed."""

from __future__ import annotations

import re
from typing import NamedTuple

_OUTWARD = re.compile(
    r"^(?:[A-Z][0-9]|[A-Z][1-9][0-9]|[A-Z][0-9][A-Z]|[A-Z]{2}[0-9]|[A-Z]{2}[1-9][0-9]|[A-Z]{2}[0-9][A-Z])$"
)
_INWARD = re.compile(r"^[0-9][ABD-HJLNP-UW-Z]{2}$")
_WHOLE_SHORTEST, _WHOLE_LONGEST = 5, 7


class PostcodeReading(NamedTuple):
    """A postcode in the form "TN34 1AA", or None; `changes` says what was mended to read it."""

    postcode: str | None
    changes: tuple[str, ...] = ()


def read_postcode(text: str | None) -> PostcodeReading:
    """Read one postcode; mends case, blanks and the letter O typed for nought (or nought for O), nothing else.

    "se1  oeh" is SE1 0EH with three changes said. An inward part must be a digit and two letters,
    so an O at its head can only be nought; a nought where only a letter can stand can only be O.
    Anything still not of the right form gives None: no letter is guessed.
    """
    if text is None:
        return PostcodeReading(None)
    written = text.strip()
    packed = re.sub(r"\s+", "", written).upper()
    if (
        not _WHOLE_SHORTEST <= len(packed) <= _WHOLE_LONGEST
        or not packed.isascii()
        or not packed.isalnum()
    ):
        return PostcodeReading(None)
    outward, inward = packed[:-3], packed[-3:]
    mended_inward = "0" + inward[1:] if inward[0] == "O" else inward
    mended_outward = outward
    if not _OUTWARD.match(outward):
        mended_outward = _mend_outward(outward)
    if not _OUTWARD.match(mended_outward) or not _INWARD.match(mended_inward):
        return PostcodeReading(None)
    changes = []
    if written != written.upper():
        changes.append("capital letters")
    if written.upper() != f"{outward} {inward}" or text != written:
        changes.append("blanks")
    if (mended_outward, mended_inward) != (outward, inward):
        changes.append("O and 0 exchanged")
    return PostcodeReading(f"{mended_outward} {mended_inward}", tuple(changes))


def _mend_outward(outward: str) -> str:
    """Put O for a nought among the leading letters and 0 for an O among the digits, if just one way fits."""
    fits = {
        candidate
        for candidate in (outward.replace("0", "O", 1), outward.replace("O", "0", 1))
        if candidate != outward and _OUTWARD.match(candidate)
    }
    return fits.pop() if len(fits) == 1 else outward


def looks_like_postcode(text: str) -> bool:
    """Say whether `text` was meant as a postcode: letters, a digit, and short; it need not exist."""
    packed = re.sub(r"\s+", "", text).upper()
    return bool(re.match(r"^[A-Z]{1,2}[0-9O][0-9A-Z]{0,2}[0-9OI][0-9A-Z]{2}$", packed)) and any(
        character.isdigit() for character in packed
    )
