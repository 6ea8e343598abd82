"""Fewer partnerships as tables: every pair with its suggestion, and the suggestions by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.exports.sheets import Kind, Sheet

_PAIRS: tuple[tuple[str, Kind], ...] = (
    ("a", "text"), ("name_a", "text"), ("kind_a", "text"), ("b", "text"), ("name_b", "text"), ("kind_b", "text"),
    ("overlap_m2", "whole"), ("people", "whole"), ("share_of_a", "number"), ("share_of_b", "number"),
    ("population_share_of_a", "number"), ("population_share_of_b", "number"), ("same_ground", "truth"),
    ("shared_members", "whole"), ("shared_themes", "text"), ("suggestion", "text"),
)  # fmt: skip
_SUGGESTIONS: tuple[tuple[str, Kind], ...] = (
    ("a", "text"), ("name_a", "text"), ("b", "text"), ("name_b", "text"), ("share", "number"), ("by", "text"),
    ("same_ground", "truth"), ("same_kind", "truth"), ("themes", "text"), ("members", "whole"), ("why", "text"),
)  # fmt: skip


def pairs_sheet(body: Mapping[str, Any]) -> Sheet:
    """Write every pair that shares ground as a row, with its suggestion where there is one."""
    why = {(each["a"], each["b"]): each["why"] for each in body["items"]}
    rows = [
        pair | {"shared_themes": "; ".join(pair["shared_themes"]), "suggestion": why.get((pair["a"], pair["b"]))}
        for pair in body["pairs"]
    ]  # fmt: skip
    return Sheet("pairs", "Partnerships that share ground", _PAIRS, rows)


def fewer_sheets(body: Mapping[str, Any]) -> list[Sheet]:
    """Write the suggestions, the most alike first, and every pair."""
    rows = [each | {"themes": "; ".join(each["themes"])} for each in body["items"]]
    return [Sheet("suggestions", "Which might be one", _SUGGESTIONS, rows), pairs_sheet(body)]
