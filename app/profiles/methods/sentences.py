"""Sentences written from a profile's figures, each number beside the receipt that proves it; judges nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_DRIVERS = 2


@dataclass
class _Sentence:
    """A sentence under way: its text, and the numbers in it with their receipts."""

    text: str = ""
    numbers: list[dict[str, Any]] = field(default_factory=list)

    def say(self, words: str) -> _Sentence:
        self.text += words
        return self

    def number(self, value: float, written: str, receipt: str | None) -> _Sentence:
        self.text += written
        self.numbers.append({"value": value, "written": written, "receipt": receipt})
        return self

    def as_plain(self) -> dict[str, Any]:
        return {"text": self.text, "numbers": self.numbers}


def profile_sentences(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write what a profile says: where the place stands, its worst theme, its drivers, its move, its like.

    Parameters
    ----------
    body : a profile as `/profile` answers, without its sentences and receipts.

    Returns
    -------
    Sentences as {text, numbers: [{value, written, receipt}]}, in order. What cannot be told has no sentence
    but where the reader would look for it: then the sentence says why. `written` stands in the text.
    """
    themes = {theme["measure"]: theme for theme in body["themes"]}
    whole = themes.get("imd")
    found: list[_Sentence | None] = []
    if whole is not None:
        found.append(_standing(body, whole))
        found.append(_beside(body, whole))
    found.append(_worst_theme(body))
    found.append(_drivers(body))
    if whole is not None:
        found.append(_moved(whole))
    found.append(_like(body))
    return [one.as_plain() for one in found if one is not None and one.text]


def whole_country(body: Mapping[str, Any]) -> str:
    """Name what national ranks are drawn in."""
    return "Barsetshire (invented)" if body["index"]["demo"] else "England"


def write_level(theme: Mapping[str, Any], value: float) -> str:
    """Write a level as its unit is read: a rate as per cent, others with one decimal."""
    return f"{100 * value:.1f}%" if theme["unit"].startswith("rate") else f"{value:,.1f}"


def _standing(body: Mapping[str, Any], theme: Mapping[str, Any]) -> _Sentence:
    title, country = body["title"], whole_country(body)
    said, place, level = _Sentence(), theme["percentile_in_england"], theme["level"]
    if place["percentile"] is not None and body["kind"] != "partnership":
        said.say(f"{title} stands in the most deprived ")
        said.number(place["percentile"], f"{place['percentile']}%", place["receipt"])
        said.say(f" of small areas in {country} by the {body['index']['title']}: rank ")
        said.number(place["rank"], f"{place['rank']:,}", place["receipt"])
        said.say(f" of {place['of']:,}")
        if level["value"] is not None:
            said.say(", with a mean score of ")
            said.number(level["value"], write_level(theme, level["value"]), level["receipt"])
        return said.say(".")
    share, middle = theme["share_in_worst_10"], theme["middle_rank"]
    if share["value"] is None or middle["rank"] is None:
        return said.say(
            f"Where {title} stands in {country} cannot be told: {place['reason'] or 'a value is missing'}."
        )
    said.number(share["value"], f"{100 * share['value']:.2f}%", share["receipt"])
    said.say(
        f" of the people of {title} live in the most deprived tenth of small areas in {country} by the "
    )
    said.say(f"{body['index']['title']}; its middle small area ranks ")
    said.number(
        middle["rank"],
        f"{middle['rank']:,.0f}"
        if float(middle["rank"]).is_integer()
        else f"{middle['rank']:,.1f}",
        middle["receipt"],
    )
    return said.say(f" of {middle['of']:,}.")


def _beside(body: Mapping[str, Any], theme: Mapping[str, Any]) -> _Sentence | None:
    level, rank = (
        theme["level"],
        theme.get("rank_in_partnership") or theme.get("rank_among_councils"),
    )
    if level["value"] is None:
        return None
    said = _Sentence()
    if rank and rank["rank"] is not None:
        among = (
            "small areas of its partnership"
            if "rank_in_partnership" in theme
            else f"councils of {whole_country(body)}"
        )
        said.say("It would rank ")
        said.number(rank["rank"], f"{rank['rank']:,}", rank["receipt"])
        said.say(f" of {rank['of']:,} {among}; ")
    others = [one for one in theme["comparators"] if one["value"] is not None]
    if not others:
        return None
    said.say("its mean score is " if said.text else "Its mean score is ")
    said.number(level["value"], write_level(theme, level["value"]), level["receipt"])
    said.say(", against ")
    for position, one in enumerate(others):
        said.say("" if not position else " and " if position == len(others) - 1 else ", ")
        said.number(one["value"], write_level(theme, one["value"]), one["receipt"])
        said.say(f" in {one['name']}")
    return said.say(".")


def _worst_theme(body: Mapping[str, Any]) -> _Sentence | None:
    """Name the domain in which the ground stands worst, and the one in which it stands best."""
    placed = []
    for theme in body["themes"]:
        if theme["measure"] == "imd":
            continue
        place = theme["percentile_in_england"]
        middle = theme["middle_rank"]
        by = place if place["percentile"] is not None else middle
        if by["percentile"] is not None:
            placed.append((by["percentile"], by["rank"], theme["title"], by["receipt"]))
    if len(placed) < 2:
        return None
    placed.sort()
    said = _Sentence().say(f"Its worst theme is {placed[0][2].lower()}, in the most deprived ")
    said.number(placed[0][0], f"{placed[0][0]}%", placed[0][3])
    said.say(
        f" of {whole_country(body)}; its best is {placed[-1][2].lower()}, in the most deprived "
    )
    return said.number(placed[-1][0], f"{placed[-1][0]}%", placed[-1][3]).say(".")


def _drivers(body: Mapping[str, Any]) -> _Sentence:
    drivers, said = body["drivers"], _Sentence()
    if drivers["reason"]:
        return said.say(f"What drives its index cannot be told: {drivers['reason']}.")
    rows = drivers["domains"]
    above = drivers["difference"] >= 0
    rows = [row for row in (rows if above else rows[::-1]) if (row["adds"] > 0) == above][
        :MOST_DRIVERS
    ]
    side = "above" if above else "below"
    said.say("Its index made of the domains is ")
    said.number(abs(drivers["difference"]), f"{abs(drivers['difference']):.1f}", drivers["receipt"])
    said.say(f" points {side} the mean of {whole_country(body)}")
    if rows:
        said.say(": most of it is ")
        for position, row in enumerate(rows):
            said.say(" and " if position else "")
            said.say(f"{row['title'].lower()} (")
            said.number(row["adds"], f"{row['adds']:+.1f}".replace("-", "−"), row["receipt"]).say(
                ")"
            )
    return said.say(".")


def _moved(theme: Mapping[str, Any]) -> _Sentence | None:
    points = [point for point in theme["trend"] if point["percentile"] is not None]
    if len(points) < 2:
        return None
    first, last = points[0], points[-1]
    said = _Sentence().say(f"By the {first['title']} the same ground stood in the most deprived ")
    said.number(first["percentile"], f"{first['percentile']}%", first["receipt"])
    said.say(f"; by the {last['title']}, in the most deprived ")
    said.number(last["percentile"], f"{last['percentile']}%", last["receipt"]).say(".")
    rebased = [point for point in points if point["rebased"]]
    if rebased:
        how = (
            "; part of its people by postcodes"
            if any(point["estimated"] for point in rebased)
            else ""
        )
        said.say(
            f" Its ground was re-based to the areas of {len(rebased)} of the {len(points)} editions{how};"
            " no rank was carried."
        )
    return said


def _like(body: Mapping[str, Any]) -> _Sentence | None:
    nearest = body["nearest"]
    if not nearest["areas"]:
        return None
    first = nearest["areas"][0]
    where = f" in {first['district']}" if first["district"] else ""
    kind = nearest["among"]
    said = _Sentence().say(
        f"Of all {kind} elsewhere, the most like it in all domains is {first['name']}{where} (distance "
    )
    return said.number(first["distance"], f"{first['distance']:.2f}", nearest["receipt"]).say(").")
