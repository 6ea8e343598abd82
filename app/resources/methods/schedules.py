"""Says when a service is open, from the recurrence rules of Open Referral (RFC 5545's words); guesses no time."""

from __future__ import annotations

import re
from collections.abc import Mapping

DAYS = {
    "MO": "Monday", "TU": "Tuesday", "WE": "Wednesday", "TH": "Thursday", "FR": "Friday", "SA": "Saturday",
    "SU": "Sunday",
}  # fmt: skip
_DAY = re.compile(r"^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$")
_TIME = re.compile(r"^(\d{2}:\d{2})(:\d{2})?(Z|[+-]\d{2}:\d{2})?$")
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
LONGEST = 300


def say_schedule(schedule: Mapping[str, object]) -> str | None:
    """Write one schedule for people: "weekly on Thursday, Friday, 10:00 to 18:00"; None where it says nothing.

    What is not of the standard's words (a day "XX", a time "noon") is left out; its free description is taken
    where no rule can be read.
    """
    interval = schedule.get("interval")
    every = int(interval) if isinstance(interval, int | float) and 1 < interval < 100 else 1
    unit = {"WEEKLY": "week", "MONTHLY": "month", "DAILY": "day"}.get(
        str(schedule.get("freq") or "").upper()
    )
    often = "" if unit is None else f"every {unit}" if every == 1 else f"every {every} {unit}s"
    days = [said for part in _parts(schedule.get("byday")) if (said := _say_day(part))]
    month_days = [
        part for part in _parts(schedule.get("bymonthday")) if re.fullmatch(r"-?\d{1,2}", part)
    ]
    opens, closes = _time(schedule.get("opens_at")), _time(schedule.get("closes_at"))
    hours = f"{opens} to {closes}" if opens and closes else f"from {opens}" if opens else ""
    on = (
        f"on {', '.join(days)}" if days else f"on day {', '.join(month_days)}" if month_days else ""
    )
    rule = ", ".join(part for part in (f"{often} {on}".strip(), hours) if part)
    if not (days or month_days or hours):
        described = schedule.get("description")
        rule = described.strip() if isinstance(described, str) else ""
    return rule[:LONGEST] or None


def _parts(written: object) -> list[str]:
    return [part.strip().upper() for part in written.split(",")] if isinstance(written, str) else []


def _say_day(part: str) -> str | None:
    found = _DAY.match(part)
    if found is None:
        return None
    if found[1] is None:
        return DAYS[found[2]]
    nth = _NTH.get(int(found[1]))
    return None if nth is None else f"the {nth} {DAYS[found[2]]}"


def _time(written: object) -> str | None:
    found = _TIME.match(written.strip()) if isinstance(written, str) else None
    return found[1] if found else None
