"""Says of a designation what index it was made by, where that is one of one's own, and over what ground."""

from __future__ import annotations

from collections.abc import Mapping

from app.indicators.own import ChosenIndex, why_not_composed
from app.priorities.ground import SmallAreas
from app.priorities.queries import ENGLAND, Place


def own_index_record(chosen: ChosenIndex, coverage: Mapping[str, int]) -> dict[str, object] | None:
    """Give an own index with its recipe, and by measure how many areas have a value; None without one."""
    if chosen.recipe is None:
        return None
    return {
        "id": chosen.own_id, "title": chosen.own_title, **chosen.recipe.as_plain(),
        "coverage": dict(coverage), "areas_total": chosen.index.areas_total,
    }  # fmt: skip


def own_notes(chosen: ChosenIndex, place: Place) -> list[str]:
    """Say what a reader must know of an own index, and of a list over all England."""
    notes = []
    if ENGLAND in place.codes:
        notes.append("Neighbourhoods are formed for places, not for all of England.")
    if chosen.recipe is not None:
        notes.append(
            f"Ranked by weights of one's own over {chosen.index.title}, not by the published index."
        )
        if why := why_not_composed(chosen.index, chosen.recipe):
            notes.append(f"{why[0].upper()}{why[1:]}.")
    return notes


def ground_notes(ground: SmallAreas) -> list[str]:
    """Say which codes asked about were carried to areas of the index's set."""
    return [
        f"{code} is of another set of small areas and was carried to {', '.join(found)}."
        for code, found in ground.carried.items()
    ]
