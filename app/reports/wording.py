"""How papers and answers write numbers, money, shares and dates for people; missing is said, never 0."""

from __future__ import annotations

from datetime import date

MISSING = "–"


def pounds(pence: int | None) -> str:
    """Write whole pence as pounds, exactly: 66999500 is "£669,995.00", None is an en dash."""
    if pence is None:
        return MISSING
    sign, rest = ("-" if pence < 0 else ""), abs(pence)
    return f"{sign}£{rest // 100:,}.{rest % 100:02d}"


def number(value: float | None) -> str:
    """Write a number with commas: 31191 is "31,191", 2008.5 is "2,008.5", None is an en dash."""
    if value is None:
        return MISSING
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


def day_in_words(day: date) -> str:
    """Write a day as "23 November 2026"."""
    return f"{day.day} {day:%B %Y}"


def percent(part: int | None, whole: int | None) -> float | None:
    """Give a share in per cent with two decimals; None where a figure is missing or the whole is 0."""
    if part is None or not whole:
        return None
    return round(100 * part / whole, 2)


def counted(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun: "1 area", "3 areas"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def edition_name(index_id: str) -> str:
    """Shorten an index id for tables: "imd-2019" is "IMD 2019", the demo's says that it is invented."""
    family, _, rest = index_id.partition("-")
    year = rest.partition("-")[0]
    return f"{family.upper()} {year}".strip() + (" (invented)" if rest.endswith("demo") else "")


def listed(names: list[str], most: int = 8) -> str:
    """Write some names with commas, and how many more there are beyond `most`."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
