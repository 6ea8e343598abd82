"""Puts a rehearsal into sentences; computes nothing but counts of what it is given."""

from __future__ import annotations

from typing import Any

from boundaries.methods.code_verdict import join_words

ALIGNED = ("same", "union-of")


def say_rehearsal(body: dict[str, Any]) -> str:
    """Say in some sentences what a plan would do: unitaries, people, counties, partnerships that straddle."""
    councils = {
        row["council"] for one in body["unitaries"] for row in [*one["councils"], *one["parts"]]
    }
    said = [
        f"{body['name']}: {_counted(len(body['unitaries']), 'new unitary', 'new unitaries')} of "
        f"{_counted(len(councils), 'council', 'councils')}"
        + (f", {_people(body)}." if body["people_before"] is not None else ".")
    ]
    ends = [row["name"] for row in body["counties"] if row["ends"]]
    if ends:
        said.append(
            f"The {'county' if len(ends) == 1 else 'counties'} of {join_words(ends)} would end."
        )
    for row in body["counties"]:
        if row["left_out"]:
            out = join_words([one["name"] for one in row["left_out"]])
            said.append(f"Left out of {row['name']}: {out}.")
    if body["moved"]:
        said.append(
            f"{_counted(len(body['moved']), 'part goes', 'parts go')} another way than the rest of "
            f"{'its' if len(body['moved']) == 1 else 'their'} council."
        )
    said.append(_partnerships(body["partnerships"]))
    said += _reach(body)
    return " ".join(said)


def _people(body: dict[str, Any]) -> str:
    if body["not_taken"]:
        taken = sum(one["people"] or 0 for one in body["unitaries"])
        return f"{taken:,} people of {body['people_before']:,} in the councils touched"
    return f"{body['people_after']:,} people, as many as before"


def _partnerships(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "No partnership saved here stands on this ground."
    total = _counted(len(rows), "partnership stands", "partnerships stand")
    before = sum(row["before"]["verdict"] not in ALIGNED for row in rows)
    after = sum(row["after"]["verdict"] not in ALIGNED for row in rows)
    return (
        f"{total} on this ground: {_number(before)} cut{'s' if before == 1 else ''} across councils "
        f"today, {_number(after)} would cut across the new ones."
    )


def _reach(body: dict[str, Any]) -> list[str]:
    """Say how many neighbourhoods would be divided, and how much money lies across several unitaries."""
    said = []
    saved = body["neighbourhoods"]
    if saved is not None and saved["total"]:
        split = sum(row["split"] for row in saved["items"])
        said.append(
            f"Of {_counted(saved['total'], 'neighbourhood', 'neighbourhoods')} saved on it "
            f"{_number(split)} would be divided."
        )
    money = body["money"]
    if money is not None:
        across = money["after"]["across"]
        said.append(
            f"{_counted(across['lines'], 'line', 'lines')} of money would lie across several of them; "
            "every pound stands in one place, before as after."
        )
    return said


def _number(count: int) -> str:
    return "none" if count == 0 else str(count)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
