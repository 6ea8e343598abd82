"""The answer for one place in at most eight lines, with its map and its paper written beside it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from app.dependencies import today
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.findings.map_file import make_map_file
from app.findings.words import DEMO_WORDS, count, counted, pounds, whole_country
from app.reports.facts import change_facts
from app.reports.money_facts import money_facts, place_facts
from app.reports.paper import make_paper

MOST_LINES = 8


def answer_lines(session: Session, slug: str, *, out: Path, address: str) -> list[str]:
    """Say a partnership's answer in at most eight lines; writes `out`/SLUG.html and `out`/SLUG.pdf.

    Raises UnknownPartnership, NoSmallAreas, and OSError where `out` cannot be written.
    """
    day = today()
    ground = find_ground(session, slug=slug, councils=None, day=day)
    asked = read_asked(session, ground, index_id=None, worst=None, rule=None)
    findings = gather(session, ground, asked, day)
    map_path, paper_path = out / f"{slug}.html", out / f"{slug}.pdf"
    out.mkdir(parents=True, exist_ok=True)
    map_path.write_text(make_map_file(session, findings), encoding="utf-8")
    paper_path.write_bytes(make_paper(session, findings))
    lines = [
        *finding_lines(findings),
        f"map: {map_path}   paper: {paper_path}",
        f"page: {address}{findings.address}",
    ]
    assert len(lines) <= MOST_LINES, "the contract allows eight"
    return lines


def finding_lines(findings: Findings) -> list[str]:
    """Say verdict, priorities, change, money by bucket and money without a place: six lines at most."""
    verdict = str(findings.alignment["sentence"])
    if findings.ground.demo:
        verdict = f"{DEMO_WORDS.replace('on this page ', '')} {verdict}"
    lines = [verdict, _areas_line(findings)]
    if findings.compared is not None:
        lines.append(f"{change_facts(findings.compared)['sentence']}.")
    money = money_facts(findings.ledger)
    if not findings.ledger.lines:
        return [
            *lines,
            f"No line of money {money['stage_words']} is loaded, so nothing is said of it.",
        ]
    lines.append(f"{place_facts(findings.ledger)['sentence']}.")
    split = money["rows"]
    buckets = [
        f"priority neighbourhoods {pounds(split[0]['located_pence'])} located"
        f" and {pounds(split[0]['estimated_pence'])} estimated",
        f"rest of the partnership {pounds(split[1]['located_pence'])} located,"
        f" {pounds(split[1]['estimated_pence'])} estimated"
        f" and {pounds(split[1]['partnership_wide_pence'])} partnership-wide",
        f"outside {pounds(split[2]['pence'])}",
        f"not placed {pounds(split[3]['pence'])}",
        f"in the files {pounds(money['file_pence'])}",
    ]
    lines.append(f"Money {money['stage_words']}: {'; '.join(buckets)}.")
    office = money["paid_here"]
    lines.append(
        f"Paid to organisations based here, place of spending not stated: "
        f"{counted(office['lines'], 'line')}, {pounds(office['pence'])}, in no total."
    )
    return lines


def _areas_line(findings: Findings) -> str:
    summary, index = findings.summary, findings.designated.index
    people = (
        f"home to {count(summary['people_selected'])} of {count(summary['people_total'])} people"
        f" ({summary['people_source']})"
        if summary["people_selected"] is not None
        else "how many people live there is not known"
    )
    verb = "is" if summary["areas_selected"] == 1 else "are"
    return (
        f"{summary['areas_selected']:,} of {counted(summary['areas_total'], 'small area')} {verb} in the most"
        f" deprived {findings.asked.worst} % of {whole_country(index.demo)} by the {index.title}, {people}."
    )
