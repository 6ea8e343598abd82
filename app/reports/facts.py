"""Every figure and sentence that a paper prints, as plain values: the template is fed from nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.findings.gather import Findings
from app.findings.words import count, finding, rule_words, share
from app.priorities.actions import Designated
from app.priorities.comparing import ComparedLists
from app.priorities.methods.groups import FEWEST_PEOPLE
from app.reports.money_facts import AMOUNTS, envelope_facts, money_facts, place_facts
from app.reports.problem_facts import group_problems, problem_facts
from app.reports.wording import edition_name, first_of, percent
from app.resources.methods.ledger import Ledger, sum_pence
from maps.classes import DEPRIVATION_BANDS, deprivation_bands

NO_DATA = "No data"


def paper_facts(session: Session, findings: Findings) -> dict[str, Any]:
    """Give all that the paper of a place says, with whole pence and plain counts; missing is None.

    Served as `report.json`: each figure of the PDF stands here, so that nobody has to retype one.
    """
    designated, summary = findings.designated, findings.summary
    index = designated.index
    plain: dict[str, Any] = dict(designated.as_plain())
    selected, total = summary["areas_selected"], summary["areas_total"]
    money = money_facts(findings.ledger)
    return {
        "title": findings.ground.name,
        "slug": findings.ground.slug,
        "councils": [
            {"code": code, "name": name}
            for code, name in zip(findings.ground.codes, findings.ground.names, strict=True)
        ],
        "date": findings.day,
        "invented": index.demo,
        "notice": index.attribution if index.demo else None,
        "index": {
            "id": index.id, "name": edition_name(index.id), "title": index.title,
            "areas_ranked": index.areas_total, "published_on": index.published_on,
            "release": index.release_id,
        },
        "worst_percent": findings.asked.worst,
        "rule_in_words": rule_words(findings),
        "alignment": {
            "verdict": findings.alignment["verdict"], "sentence": findings.alignment["sentence"],
            "as_at": findings.alignment["as_at"], "release": findings.alignment["release"],
            "quality": findings.alignment["quality"],
        },
        "finding": finding(findings),
        "areas": {
            "selected": selected, "total": total, "percent": percent(selected, total),
            "share_written": share(selected, total), "cannot_tell": summary["areas_cannot_tell"],
        },
        "people": {
            "selected": summary["people_selected"], "total": summary["people_total"],
            "percent": percent(summary["people_selected"], summary["people_total"]),
            "share_written": share(summary["people_selected"], summary["people_total"]),
            "source": summary["people_source"],
        },
        "bands": band_facts(findings),
        "change": None if findings.compared is None else change_facts(findings.compared),
        "problems": problem_facts(session, designated),
        "neighbourhoods": [
            row | problems
            for row, problems in zip(
                neighbourhood_facts(plain["groups"], findings.ledger),
                group_problems(session, designated, plain["groups"]),
                strict=True,
            )
        ],
        "small_areas": small_area_facts(plain["areas"], _outcomes(findings)),
        "least_people": FEWEST_PEOPLE,
        "border_cases": len(designated.ground.border_cases),
        "money": money,
        "named_small_areas": place_facts(findings.ledger),
        "envelopes": envelope_facts(findings.ledger),
        "sources": source_facts(findings.sources),
    }  # fmt: skip


def band_facts(findings: Findings) -> dict[str, Any]:
    """Count the small areas by national band: by the asked index, and by both editions compared."""
    made = [findings.designated]
    if findings.compared is not None:
        made = [findings.compared.older, findings.compared.newer]
    counts = [_bands(each) for each in made]
    labels = [words for _, words, *_ in DEPRIVATION_BANDS]
    if any(each[NO_DATA] for each in (*counts, _bands(findings.designated))):
        labels.append(NO_DATA)
    asked = _bands(findings.designated)
    return {
        "editions": [
            {"id": each.index.id, "name": edition_name(each.index.id), "areas": len(each.ground.codes)}
            for each in made
        ],
        "rows": [
            {"label": label, "counts": [each[label] for each in counts], "on_the_map": asked[label]}
            for label in labels
        ],
    }  # fmt: skip


def _bands(made: Designated) -> Counter[str]:
    words = {key: label for key, label, *_ in DEPRIVATION_BANDS}
    keys = deprivation_bands(pd.Series(made.evaluation.decile))
    return Counter(NO_DATA if key is None else words[key] for key in keys)


def change_facts(compared: ComparedLists) -> dict[str, Any]:
    """Say what the newer edition keeps, adds and drops, with the names of those that change."""
    counts = compared.comparison.counts
    outcome = compared.comparison.areas["outcome"]
    names = {
        kind: [
            compared.names.get(str(code)) or str(code) for code in outcome.index[outcome == kind]
        ]
        for kind in ("added", "dropped")
    }
    newer, older = edition_name(compared.newer.index.id), edition_name(compared.older.index.id)
    total = compared.newer.summary["areas_total"]
    said = (
        f"{counts['areas_new']:,} of {total:,} by {newer}: {counts['kept']:,} kept, "
        f"{counts['added']:,} added, {counts['dropped']:,} dropped"
    )
    details = [
        f"{word}: {first_of(names[kind])}" for kind, word in (("added", "New"), ("dropped", "Gone"))
        if names[kind]
    ]  # fmt: skip
    return {
        "older": older, "newer": newer, "older_id": compared.older.index.id, "newer_id": compared.newer.index.id,
        "older_selected": counts["areas_old"], "newer_selected": counts["areas_new"],
        "newer_total": total, "kept": counts["kept"], "added": counts["added"], "dropped": counts["dropped"],
        "people_kept": counts["people_kept"], "people_added": counts["people_added"],
        "people_dropped": counts["people_dropped"],
        "people_source": compared.newer.summary["people_source"],
        "gained_by_splits": counts["gained_by_splits"], "lost_by_merging": counts["lost_by_merging"],
        "added_names": names["added"], "dropped_names": names["dropped"],
        "sentence": said, "details": details,
    }  # fmt: skip


def neighbourhood_facts(groups: list[dict[str, Any]], ledger: Ledger) -> list[dict[str, Any]]:
    """List the priority neighbourhoods, greatest need first, with the money that names a place in them."""
    rows = []
    for group in groups:
        own = [line for line in ledger.lines if line["neighbourhood"] == group["number"]]
        rows.append(
            {
                "number": group["number"], "name": group["name"], "areas": group["areas"],
                "people": group["people"], "middle_rank": group["middle_rank"],
                "lines": len(own),
                **{
                    f"{kind}_pence": sum_pence(line for line in own if line["certainty"] == kind)
                    for kind in AMOUNTS
                },
                "codes": group["codes"], "note": group["note"] or None,
            }
        )  # fmt: skip
    return rows


def small_area_facts(areas: list[dict[str, Any]], outcomes: dict[str, str]) -> list[dict[str, Any]]:
    """List the selected small areas, and those in doubt, by neighbourhood and then by rank."""
    rows = []
    for area in areas:
        if not (area["selected"] or area["cannot_tell"]):
            continue
        rows.append(
            {
                "neighbourhood": area["group"], "name": area["name"], "code": area["code"],
                "people": area["people"], "rank": area["rank"], "selected": area["selected"],
                "clauses": [_clause(clause) for clause in area["clauses"]],
                "steps": [
                    step["because"] or step["by"] for step in area["steps"] if step["by"] != "rule"
                ],
                "in_both_editions": outcomes.get(area["code"]),
            }
        )  # fmt: skip
    last = len(rows) + 1
    rows.sort(key=lambda row: (row["neighbourhood"] or last, row["rank"] or 0, row["code"]))
    return rows


def _outcomes(findings: Findings) -> dict[str, str]:
    """What became of each area of the asked index in the other edition, where its code tells it."""
    if findings.compared is None:
        return {}
    areas = findings.compared.comparison.areas
    if findings.designated.index.id == findings.compared.newer.index.id:
        return {str(code): str(kind) for code, kind in areas["outcome"].items()}
    found: dict[str, set[str]] = {}
    for kind, old_codes in zip(areas["outcome"], areas["old_codes"], strict=True):
        for code in old_codes:
            found.setdefault(str(code), set()).add(str(kind))
    return {code: kinds.pop() if len(kinds) == 1 else "in part" for code, kinds in found.items()}


def _clause(clause: dict[str, Any]) -> dict[str, Any]:
    limit = "at most" if "at_most" in clause else "at least"
    label = {"imd": "IMD"}.get(clause["measure"], clause["measure"])
    return {
        "measure": clause["measure"], "statistic": clause["statistic"], "value": clause["value"],
        "limit": limit, "threshold": clause["threshold"], "margin": clause["margin"], "met": clause["met"],
        "words": f"{label} {clause['statistic'].replace('_', ' ')} {count(clause['value'])}, "
        f"{limit} {count(clause['threshold'])}",
    }  # fmt: skip


def source_facts(sources: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """List the sources by licence; titles of one publisher and attribution stand together."""
    by_licence: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for source in sources:
        entries = by_licence.setdefault(source["licence"], {})
        key = (source["publisher"], _without_year(source["attribution"]))
        entry = entries.setdefault(
            key, {"titles": [], "publisher": source["publisher"], "attributions": []}
        )
        entry["titles"].append(_title(source))
        if source["attribution"] not in entry["attributions"]:
            entry["attributions"].append(source["attribution"])
    return [
        {
            "licence": licence,
            "entries": [
                {
                    "titles": entry["titles"], "publisher": entry["publisher"],
                    "attribution": _join_years(entry["attributions"]).rstrip("."),
                }
                for entry in entries.values()
            ],
        }
        for licence, entries in by_licence.items()
    ]  # fmt: skip


def _title(source: dict[str, Any]) -> str:
    quality = source["quality"]
    return (
        f"{source['title']} ({quality})"
        if quality in ("best-fit", "approximate")
        else source["title"]
    )


def _without_year(attribution: str) -> str:
    """Drop a copyright year at the end, so that editions of one publisher fall together."""
    words = attribution.rsplit(" ", 1)
    return words[0] if len(words) > 1 and words[1].isdigit() else attribution


def _join_years(attributions: Sequence[str]) -> str:
    if len(attributions) == 1:
        return attributions[0]
    stem = _without_year(attributions[0])
    return f"{stem} {', '.join(sorted(each.removeprefix(stem).strip() for each in attributions))}"
