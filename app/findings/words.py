"""Figures as people read them: counts, pounds, shares, days; and the sentences that state a finding.

Everything here is plain text, never HTML: whoever writes it into a page escapes it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from app.findings.gather import Findings
from app.priorities.methods.records import describe_rule
from app.resources.methods.ledger import STAGES, Ledger, kind_of, sum_pence
from boundaries.area_types import AREA_TYPES

MISSING = "–"
DEMO_WORDS = "Barsetshire is invented: no place, person or pound on this page is real."
_THREE_FIGURES = 3
STAGE_WORDS = {"planned": "planned", "awarded": "awarded", "paid": "paid"}
assert set(STAGE_WORDS) == set(STAGES)
# A release that holds one type of area: its type, year and month.
_SPAN = re.compile(r"([a-z]+)-(\d{4})-(\d{4})(?:-|$)", re.ASCII)
_RELEASE = re.compile(r"([a-z]+)-(\d{4})-(0[1-9]|1[0-2])(?:-|$)", re.ASCII)


def count(number: float | None) -> str:
    """Write a count with thousands apart; an en dash where it is not known, never 0."""
    if number is None or math.isnan(number):
        return MISSING
    whole = float(number).is_integer()
    return f"{int(number):,}" if whole else f"{number:,.1f}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a count with its noun: "1 small area", "18 small areas"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def pounds(pence: int | None) -> str:
    """Write pence exactly: 66999500 is "£669,995.00"; missing is an en dash."""
    if pence is None:
        return MISSING
    sign = "-" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def pounds_short(pence: int | None) -> str:
    """Write pence to three figures for a map: £2.57m, £585k, £12; under a pound exactly.

    Rounded half away from zero, and only then given its unit, so that £999,600 is "£1.00m".
    """
    if pence is None:
        return MISSING
    if abs(pence) < 100:
        return pounds(pence) if pence else "£0"
    value = Decimal(abs(pence)) / 100
    last_kept = value.adjusted() - (_THREE_FIGURES - 1)
    rounded = value.quantize(Decimal(1).scaleb(max(last_kept, 0)), rounding=ROUND_HALF_UP)
    sign = "-" if pence < 0 else ""
    for unit, name in ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k")):
        if rounded >= unit:
            figures = rounded / unit
            decimals = max(0, _THREE_FIGURES - 1 - figures.adjusted())
            return f"{sign}£{figures:.{decimals}f}{name}"
    return f"{sign}£{rounded:.0f}"


def share(part: float | None, whole: float | None) -> str:
    """Write a share as whole per cent; between nothing and a half per cent it says so, not 0%."""
    if part is None or whole is None or not whole:
        return MISSING
    percent = 100 * part / whole
    if 0 < percent < 0.5:
        return "under 1%"
    if 99.5 <= percent < 100:
        return "over 99%"
    return f"{Decimal(percent).quantize(Decimal(1), rounding=ROUND_HALF_UP)}%"


def percent2(fraction: float | None) -> str:
    """Write a fraction 0 to 1 as per cent with two decimals, as verdicts do."""
    return MISSING if fraction is None else f"{100 * fraction:.2f}%"


def day(when: date | str | None) -> str:
    """Write a day, or one that is kept as text (2026-11-22), as "22 November 2026"."""
    when = date.fromisoformat(when) if isinstance(when, str) else when
    return MISSING if when is None else f"{when.day} {when:%B %Y}"


def edition(release_id: str) -> str:
    """Write a release's id in words, with the id: "districts of May 2025 (lad-2025-05-bgc)"; another as it is.

    One that draws the areas of many years says which: "counties of 2014 to 2025 (cty-2014-2025-bsc)".
    """
    years = _SPAN.match(release_id)
    if years is not None and years[1] in AREA_TYPES:
        return f"{AREA_TYPES[years[1]].plural} of {years[2]} to {years[3]} ({release_id})"
    found = _RELEASE.match(release_id)
    if found is None or found[1] not in AREA_TYPES:
        return release_id
    return f"{AREA_TYPES[found[1]].plural} of {date(int(found[2]), int(found[3]), 1):%B %Y} ({release_id})"


def area_set_words(area_set: str) -> str:
    """Write a set of small areas in words: "lsoa-2021" is "small areas of 2021"; another stays as it is."""
    kind, _, year = area_set.partition("-")
    return f"small areas of {year}" if kind == "lsoa" and year.isdigit() else area_set


def square_km(area_m2: float | None) -> str:
    """Write square metres as km² with one decimal, more for a small area."""
    if area_m2 is None:
        return MISSING
    km2 = area_m2 / 1_000_000
    return f"{km2:,.1f} km²" if km2 >= 10 else f"{km2:,.2f} km²"


def metres(distance_m: float | None) -> str:
    """Write a distance as whole metres, under ten with one decimal: a border drawn to 20 m tells no more."""
    if distance_m is None:
        return MISSING
    return f"{distance_m:,.1f} m" if 0 < distance_m < 10 else f"{distance_m:,.0f} m"


def listed(names: Sequence[str]) -> str:
    """Join names as a sentence does: "A", "A and B", "A, B and C"."""
    return "".join(names) if len(names) <= 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def whole_country(demo: bool) -> str:
    """Name the set that national ranks are drawn in: England, or the invented county alone."""
    return "Barsetshire (invented)" if demo else "England"


def rule_words(findings: Findings) -> str:
    """Say the rule as what the chosen areas are: "in the most deprived 10% in England"."""
    country = whole_country(findings.ground.demo)
    if findings.asked.worst is not None:
        measure = findings.asked.measure
        on = "" if measure == "imd" else f" on {measure}"
        return f"in the most deprived {findings.asked.worst}% in {country}{on}"
    return describe_rule(findings.designated.rule).replace("of England", f"of {country}")


def index_words(findings: Findings) -> str:
    """Name what areas are ranked by: a published index, or one with weights of one's own."""
    chosen = findings.designated.chosen
    if chosen.own_title:
        return chosen.own_title
    title = findings.designated.index.title
    return f"{title} with weights of one's own" if chosen.recipe else title


def finding(findings: Findings) -> str:
    """State which areas are priorities, how many people live there, and by what."""
    summary, place = findings.summary, findings.ground.name
    chosen, total = summary["areas_selected"], summary["areas_total"]
    rule, title = rule_words(findings), index_words(findings)
    doubt = summary["areas_cannot_tell"]
    in_doubt = (
        f" For {counted(doubt, 'more area', 'more areas')} it cannot be told, because a value is missing."
        if doubt
        else ""
    )
    if not chosen:
        return (
            f"None of the {counted(total, 'small area')} of {place} is a priority: none is {rule}"
            f" by the {title}.{in_doubt}"
        )
    groups = len(findings.designated.groups.groups)
    are = "is a priority: it is" if chosen == 1 else "are priorities: they are"
    people = summary["people_selected"]
    home = "how many people live there is not known"
    if people is not None:
        of_all = summary["people_total"]
        home = f"home to {count(people)} of {count(of_all)} people"
        home += f" ({share(people, of_all)}, {summary['people_source']})"
    return (
        f"{count(chosen)} of {counted(total, 'small area')} in {place} {are} {rule} by the {title}."
        f" {'It makes' if chosen == 1 else 'They make'} up {counted(groups, 'priority neighbourhood')},"
        f" {home}.{in_doubt}"
    )


def located_and_estimated(ledger: Ledger) -> tuple[int, int]:
    """Give the pence in the priority neighbourhoods: located, and estimated; never one number."""
    inside = ledger.totals["neighbourhoods"]
    return int(inside["located_pence"]), int(inside["estimated_pence"])


def place_unknown(ledger: Ledger) -> dict[str, int]:
    """Count the lines whose source states no place of spending: grade F (recipient only) and G (nothing)."""
    rows = {row["grade"]: row for row in ledger.by_grade}
    return {
        "lines": sum(int(row["lines"]) for row in ledger.by_grade),
        "recipient_lines": int(rows["F"]["lines"]), "recipient_pence": int(rows["F"]["pence"]),
        "none_lines": int(rows["G"]["lines"]), "none_pence": int(rows["G"]["pence"]),
    }  # fmt: skip


def money_finding(ledger: Ledger) -> str:
    """State what is known to go into the neighbourhoods, and how much has no stated place of spending."""
    located, estimated = located_and_estimated(ledger)
    inside = [line for line in ledger.lines if line["bucket"] == "neighbourhoods"]
    stage, kind = STAGE_WORDS[ledger.stage], kind_of(ledger.neighbourhoods)
    when = f" in {ledger.year}" if ledger.year else ""
    if inside:
        first = (
            f"{counted(len(inside), 'line')} of {stage} money{when} can be placed in the {kind}"
            f" neighbourhoods: {pounds(located)} located and {pounds(estimated)} estimated."
        )
    else:
        first = f"No {stage} money{when} can be placed in the {kind} neighbourhoods."
    unknown = place_unknown(ledger)
    missing = unknown["recipient_lines"] + unknown["none_lines"]
    if not unknown["lines"]:
        return f"{first} The files hold no line of {stage} money{when}."
    start = "Most grants state no place of spending" if 2 * missing > unknown["lines"] else (
        "Some grants state no place of spending" if missing else "Every grant states a place of spending"
    )  # fmt: skip
    if not missing:
        return f"{first} {start}."
    here = sum_pence(ledger.paid_here)
    return (
        f"{first} {start}: of {counted(unknown['lines'], 'line')} in the files"
        f" {count(unknown['recipient_lines'])} give only the recipient's address and"
        f" {count(unknown['none_lines'])} nothing that can be told."
        f" {counted(len(ledger.paid_here), 'such line')}, {pounds(here)}, went to organisations based"
        " here; where that money was spent is not known, so it is in no total."
    )


def comparison_sentence(plain: dict[str, Any]) -> str:
    """Say what the newer index keeps, adds and drops of the older list."""
    counts = plain["counts"]
    older, newer = plain["older"]["title"], plain["newer"]["title"]
    changed = []
    if counts["gained_by_splits"]:
        changed.append(f"{count(counts['gained_by_splits'])} more by splits of areas")
    if counts["lost_by_merging"]:
        changed.append(f"{count(counts['lost_by_merging'])} fewer by merging")
    carried = f" ({' and '.join(changed)} on the newer areas)" if changed else ""
    return (
        f"By the same rule the {older} chose {counted(counts['areas_old'], 'small area')}{carried};"
        f" the {newer} chooses {count(counts['areas_new'])}: {count(counts['kept'])} kept,"
        f" {count(counts['added'])} added, {count(counts['dropped'])} dropped."
    )
