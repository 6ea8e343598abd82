"""Names the columns of a table that was carried: the year in a heading of codes, and titles that are free."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CODES = re.compile(r"([a-z]+)(\d\d|\d{4})(cd|_?code)?", re.IGNORECASE)


def heading_for(heading: str, area_type: str, year_before: int, year_after: int) -> str:
    """Give the heading of the codes carried: `LSOA11CD` becomes `LSOA21CD`; one without its year stays."""
    found = _CODES.fullmatch(heading.strip())
    if found is None or not found[1].lower().endswith(area_type):
        return heading
    if int(found[2][-2:]) != year_before % 100:
        return heading
    year = str(year_after)[-len(found[2]) :]
    return f"{found[1]}{year}{found[3] or ''}"


def unused_titles(header: Sequence[str], titles: Sequence[str]) -> list[str]:
    """Give titles for columns added, none of them in the header: `method`, else `method_2`, `method_3` …"""
    taken = {title.lower() for title in header}
    found = []
    for title in titles:
        number, free = 1, title
        while free.lower() in taken:
            number += 1
            free = f"{title}_{number}"
        taken.add(free.lower())
        found.append(free)
    return found
