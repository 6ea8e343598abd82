"""The sentences of a statement of use, in plain text: whoever writes them into a page escapes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.resources.methods.amounts import pounds_text
from app.statements.methods.use import PLACES

STATUS_WORDS = {
    "planned": "planned", "awarded": "awarded", "paid": "paid", "estimate": "estimated, not published",
}  # fmt: skip
SECTION_WORDS = {
    "introduction": "Introduction", "outcomes": "Outcomes", "unallocated": "What the rest is kept for",
    "next": "What is next",
}  # fmt: skip


def caption_of(programme: Mapping[str, Any]) -> str:
    """Name a programme with what part of its places the sources hold, where that is not all."""
    coverage = programme["coverage"]
    return f"{programme['title']} ({coverage})" if coverage else str(programme["title"])


def where_words(bucket: str, certainty: str | None) -> str:
    """Say in words where a line counts."""
    return next(words for each, sure, words in PLACES if (each, sure) == (bucket, certainty))


def sentence_of(name: str, body: Mapping[str, Any]) -> str:
    """State what was allocated, what draws on it and what is left, of the awarded stage."""
    year, caption = body["year"], body["caption"]
    envelopes = body["allocation"]["envelopes"]
    told = [
        f"{pounds_text(each['amount_pence'])} {STATUS_WORDS[each['status']]}"
        + (f", {pounds_text(each['derived_pence'])} of it worked out" if each["derived_pence"] else "")
        for each in envelopes
    ]  # fmt: skip
    if told:
        first = f"{name} had from {caption} in {year}: {'; '.join(told)}."
    else:
        first = f"What {name} had from {caption} in {year} is not known."
    awarded = next(use for use in body["use"] if use["stage"] == "awarded")
    if not awarded["lines"]:
        return f"{first} No line of awarded money draws on it."
    lines = "1 line" if awarded["lines"] == 1 else f"{awarded['lines']:,} lines"
    verb = "draws" if awarded["lines"] == 1 else "draw"
    drawn = f"{lines} of awarded money, {pounds_text(awarded['drawn_pence'])}, {verb} on it"
    rests = [row for row in body["unallocated"] if row["stage"] == "awarded"]
    left = [
        f"{pounds_text(-row['unallocated_pence'])} more than was {STATUS_WORDS[row['status']]}"
        if row["overspent"]
        else f"{pounds_text(row['unallocated_pence'])} of what was {STATUS_WORDS[row['status']]} is unallocated"
        for row in rests
    ]
    return f"{first} {drawn}{': ' if left else ''}{'; '.join(left)}."
