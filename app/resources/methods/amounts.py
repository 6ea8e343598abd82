"""Written amounts become whole pence, exactly; what cannot is refused with the rule it broke."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NamedTuple

# A bigint holds 92 quadrillion pounds; a line above a trillion is a slip of the keyboard, and the
# bound also keeps "1e999999999" from being written out in full.
LARGEST_POUNDS = 1_000_000_000_000
# Sums and spreadsheets leave dust behind (41133.770000000004); as near as this to a whole penny it is no money.
DUST_PENCE = Decimal("0.000001")

_WRITTEN = re.compile(r"^£?\s?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?$")
_NEGATIVE = re.compile(r"^£?\s?[-\u2212\u2013]|^\(.*\)$|-$")
_LONGEST_TEXT = 40
_NOT_NEGATIVE = "The amount is negative. Only a refund is: a row of the role refund that names the line it is of."


class RuleBroken(ValueError):
    """A cell broke a rule of its column: `rule` names it, the message says it in a sentence."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule
        self.detail = detail


class Pence(NamedTuple):
    """An amount in whole pence, and what was done to the written value on the way ('' = nothing)."""

    pence: int
    read_as: str = ""


def pence_from(value: object, *, below_nought: bool = False) -> Pence:
    """Turn one written amount in pounds into whole pence without any binary arithmetic.

    Parameters
    ----------
    value : text ("1296.50", "£1,296.50", with or without thousands separators), int, Decimal, or
        the float of a spreadsheet cell; None, "" and blanks are missing, never 0
    below_nought : a refund may be written as "-5", "-£5.00" or "(5.00)"; otherwise none is below 0

    Returns
    -------
    Pence. An amount within a millionth of a penny of whole pence is rounded to them, and `read_as` says so.

    Raises
    ------
    RuleBroken : amount-required, amount-is-a-number, amount-not-negative, amount-in-whole-pence,
        amount-bounded.

    Notes
    -----
    41133.770000000004 (as published in a real 360Giving file) is 41133.77. A third decimal is a
    different amount from any in pence, and is refused.
    """
    number = _as_decimal(value, below_nought=below_nought)
    if not number.is_finite():
        raise RuleBroken("amount-is-a-number", "The amount is not a number.")
    if number < 0 and not below_nought:
        raise RuleBroken("amount-not-negative", _NOT_NEGATIVE)
    if (number and number.adjusted() >= 13) or abs(number) > LARGEST_POUNDS:
        raise RuleBroken("amount-bounded", "The amount is above a trillion pounds.")
    pence = number.scaleb(2)
    whole = pence.quantize(Decimal(1), ROUND_HALF_UP)
    if abs(pence - whole) > DUST_PENCE:
        raise RuleBroken(
            "amount-in-whole-pence",
            "The amount has more than two decimals: it must be whole pence.",
        )
    read_as = "" if pence == whole else f"{whole.scaleb(-2).normalize():f}"
    return Pence(int(whole), read_as)


def pence_from_millions(value: object, *, to_nearest: bool = False) -> Pence:
    """Turn one amount written in millions of pounds into whole pence, by decimal arithmetic alone.

    `to_nearest`: a figure that was computed to more digits than pence have ("0.023390259") becomes
    the nearest penny, half a penny upwards, and `read_as` says the pounds it was read as; otherwise
    it is refused. None and blank are missing, never 0. Raises RuleBroken as `pence_from` does.
    """
    millions = _as_decimal(value)
    if not millions.is_finite():
        raise RuleBroken("amount-is-a-number", "The amount is not a number.")
    if millions < 0:
        raise RuleBroken("amount-not-negative", _NOT_NEGATIVE)
    if (millions and millions.adjusted() >= 7) or millions > LARGEST_POUNDS // 1_000_000:
        raise RuleBroken("amount-bounded", "The amount is above a trillion pounds.")
    pence = millions.scaleb(8)
    if pence == pence.to_integral_value():
        return Pence(int(pence))
    if not to_nearest:
        raise RuleBroken("amount-in-whole-pence", "The amount is not a whole number of pence.")
    nearest = int(pence.quantize(Decimal(1), ROUND_HALF_UP))
    return Pence(nearest, f"{Decimal(nearest).scaleb(-2):f}")


def _as_decimal(value: object, *, below_nought: bool = False) -> Decimal:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise RuleBroken("amount-required", "There is no amount. Missing is not nought.")
    if isinstance(value, bool):
        raise RuleBroken("amount-is-a-number", "The amount is true or false, not a number.")
    if isinstance(value, int) and abs(value) > LARGEST_POUNDS:
        raise RuleBroken("amount-bounded", "The amount is above a trillion pounds.")
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(
            repr(value)
        )  # the shortest digits that give this double: what a person typed
    return _from_text(str(value).strip().replace("\u00a0", " "), below_nought=below_nought)


def _from_text(text: str, *, below_nought: bool) -> Decimal:
    bare, sign = text.removeprefix("£").strip(), 1
    if _NEGATIVE.search(text) or _NEGATIVE.search(bare):
        unsigned = text.strip("()-\u2212\u2013£ ")
        if _WRITTEN.match(unsigned) and not below_nought:
            raise RuleBroken("amount-not-negative", _NOT_NEGATIVE)
        if _WRITTEN.match(unsigned) and below_nought:
            text, bare, sign = unsigned, unsigned, -1
    if len(text) > _LONGEST_TEXT or not _WRITTEN.match(text):
        raise RuleBroken(
            "amount-is-a-number", 'The amount is not a number such as 1296.50 or "£1,296.50".'
        )
    try:
        return sign * Decimal(bare.replace(",", ""))
    except InvalidOperation as fault:
        raise RuleBroken("amount-is-a-number", "The amount is not a number.") from fault


def pounds_text(pence: int) -> str:
    """Write pence as pounds for people: 68843500 is "£688,435.00", and a minus stands before the sign."""
    sign = "-" if pence < 0 else ""
    pounds, rest = divmod(abs(pence), 100)
    return f"{sign}£{pounds:,}.{rest:02d}"
