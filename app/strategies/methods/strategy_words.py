"""What a strategy may say: checks its objectives, its learning plan and how its plans hang together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from app.partnerships.methods.members import holds_contact
from boundaries.errors import Fault

LEARNING_STATUSES = ("planned", "under way", "done", "dropped")
# What became of a plan that stood before this strategy.
KEPT, MERGED, REPLACED, ENDED = "kept", "merged", "replaced", "ended"
PLAN_STATUSES = (KEPT, MERGED, REPLACED, ENDED)
NO_WORDS: Mapping[str, Any] = {"vision": "", "objectives": [], "learning": [], "plans": []}


def check_words(
    words: Mapping[str, Any], targets: Collection[str], actions: Collection[str]
) -> Iterator[Fault]:
    """Find what is wrong with a strategy's words.

    `targets` and `actions` are the ids that it may name. Titles stand once in their list; plans hang
    from plans of the same list and never from themselves, however long the way round; an address or
    a telephone number of a person has no place in a public paper.
    """
    yield from _contact("/vision", words["vision"])
    for name in ("objectives", "learning", "plans"):
        yield from _once(name, [each["title"] for each in words[name]])
    for at, each in enumerate(words["objectives"]):
        here = f"/objectives/{at}"
        yield from _contact(f"{here}/words", each.get("words") or "")
        for kind, known in (("targets", targets), ("actions", actions)):
            for number, one in enumerate(each.get(kind) or ()):
                if one not in known:
                    yield _fault(
                        f"{here}/{kind}/{number}", one, f"{one[:80]!r} is none of this partnership's {kind}",
                        f"{kind[:-1]}-of-the-partnership",
                    )  # fmt: skip
    for at, each in enumerate(words["learning"]):
        here = f"/learning/{at}"
        yield from _contact(f"{here}/by", each.get("by") or "")
        if each["status"] not in LEARNING_STATUSES:
            hint = f"one of {', '.join(LEARNING_STATUSES)}"
            yield _fault(f"{here}/status", each["status"], hint, "status-is-known")
    yield from _plans(words["plans"])


def _plans(plans: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    above = {fold(each["title"]): fold(each.get("part_of") or "") for each in plans}
    for at, each in enumerate(plans):
        if each["status"] not in PLAN_STATUSES:
            hint = f"one of {', '.join(PLAN_STATUSES)}"
            yield _fault(f"/plans/{at}/status", each["status"], hint, "status-is-known")
        over = fold(each.get("part_of") or "")
        if over and over not in above:
            hint = f"{each['part_of'][:80]!r} is no plan of this list"
            yield _fault(f"/plans/{at}/part_of", each["part_of"], hint, "plan-is-listed")
        elif (ring := _ring(above, fold(each["title"]))) is not None:
            way = " is part of ".join(repr(one) for one in ring)
            yield _fault(
                f"/plans/{at}/part_of", each["part_of"], f"the plans go in a circle: {way}",
                "no-circle",
            )  # fmt: skip


def _ring(above: Mapping[str, str], start: str) -> list[str] | None:
    """Follow a plan upwards; the way back to itself, or None where it ends or turns elsewhere."""
    way = [start]
    at = above.get(start, "")
    while at and at not in way[1:]:
        way.append(at)
        if at == start:
            return way
        at = above.get(at, "")
    return None


def fold(words: str) -> str:
    """Write words as they are compared: blanks and capitals aside."""
    return " ".join(words.split()).casefold()


def _once(name: str, titles: Sequence[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, title in enumerate(titles):
        if not fold(title):
            yield _fault(f"/{name}/{at}/title", title, "some words", "title-required")
        elif fold(title) in seen:
            yield _fault(
                f"/{name}/{at}/title", title, f"{title[:80]!r} stands there twice", "title-once"
            )
        seen.add(fold(title))


def _contact(pointer: str, words: str) -> Iterator[Fault]:
    if holds_contact(words):
        hint = "people's addresses and numbers are not kept in a public paper"
        yield _fault(pointer, "", hint, "no-personal-contact")


def _fault(pointer: str, value: object, hint: str, rule: str) -> Fault:
    name = pointer.strip("/").replace("/", ".")
    return Fault(f"{name}: {hint}", pointer=pointer, value=str(value)[:80], rule=rule)
