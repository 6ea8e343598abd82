"""A rehearsed merger as tables: money before and after, neighbourhoods, members, and words side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.exports.sheets import Kind, Sheet

_AMOUNTS = (
    "neighbourhoods_pence", "rest_of_partnership_pence", "located_pence", "estimated_pence",
    "partnership_wide_pence", "here_pence", "outside_pence", "not_placed_pence", "file_pence",
)  # fmt: skip
_MONEY: tuple[tuple[str, Kind], ...] = (
    ("row", "text"), ("of", "text"), ("lines", "whole"), *((name, "whole") for name in _AMOUNTS),
)  # fmt: skip
_NEIGHBOURHOODS: tuple[tuple[str, Kind], ...] = (
    ("slug", "text"), ("name", "text"), ("partnership", "text"), ("people", "whole"), ("state", "text"),
    ("on", "text"), ("share_in_all", "number"),
)  # fmt: skip
_MEMBERS: tuple[tuple[str, Kind], ...] = (
    ("sector", "text"), ("name", "text"), ("in", "text"), ("sectors", "text"),
)  # fmt: skip
_WORDS: tuple[tuple[str, Kind], ...] = (
    ("part", "text"), ("state", "text"), ("what", "text"), ("why", "text"), ("of", "text"),
)  # fmt: skip


def merger_sheets(body: Mapping[str, Any]) -> list[Sheet]:
    """Write a merger as sheets; one whose figures cannot be told has no row."""
    saved = body["neighbourhoods"] or {"items": []}
    return [
        money_sheet(body),
        Sheet("neighbourhoods", "Saved neighbourhoods in the merged ground", _NEIGHBOURHOODS,
              [row | {"on": "; ".join(row["on"])} for row in saved["items"]]),
        Sheet("members", "Members of all of them, each once", _MEMBERS,
              [{"sector": sector["sector"], "name": row["name"], "in": "; ".join(row["in"]),
                "sectors": "; ".join(row["sectors"])}
               for sector in body["members"]["sectors"] for row in sector["members"]]),
        Sheet("words", "What they promise and say of one thing", _WORDS,
              [row | {"of": "; ".join(f"{one['partnership']}: {one['says']}" for one in row["of"])}
               for row in body["words"]]),
    ]  # fmt: skip


def money_sheet(body: Mapping[str, Any]) -> Sheet:
    """Write money as rows that lead from before to after: each, counted again, only in all, after."""
    money = body["money"]
    rows: list[dict[str, Any]] = []
    if money is not None:
        once = money["once"]
        steps = [("counted in several", "; ".join(one["of"]), one, 1) for one in once["in_several"]]
        steps += [
            ("less counted again", "", once["counted_again"], -1),
            ("with what only all of them hold", "", money["only_in_all"], 1),
            ("less what all of them do not hold", "", money["in_none_of_all"], -1),
        ]
        rows += [
            {"row": "before", "of": one["partnership"], "lines": one["here_lines"], **one}
            for one in money["before"]
        ]
        rows += [
            {"row": step, "of": of, "lines": sign * own["lines"], "here_pence": sign * own["pence"]}
            for step, of, own, sign in steps
        ]
        after = money["after"]
        rows.append({"row": "after", "of": body["name"], "lines": after["here_lines"], **after})
    return Sheet("money", "Money before and after the merger", _MONEY, rows)
