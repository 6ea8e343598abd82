"""What a merger of partnerships would do: verdict, neighbourhoods, members, money, words that clash; saves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import shapely
from sqlalchemy.orm import Session

from app.latest import Latest
from app.marks import EVERY_INPUT, mark_of_tables, marks_of_records
from app.partnerships.alignment import align_ground
from app.partnerships.methods.members import register
from app.partnerships.queries import Ground, get_partnership, ground_of_partnership, join_names
from app.rehearsals.merged_money import merged_money
from app.rehearsals.merged_neighbourhoods import merged_neighbourhoods
from app.rehearsals.methods.merging import compare_words, join_members
from app.resources.partnership_money import LedgerAsked, check_asked
from app.resources.partnerships_together import ground_of_all, read_on_ground
from app.strategies.evaluate import target_body
from app.strategies.plan_queries import action_body, list_actions
from app.strategies.queries import list_targets
from app.strategies.written_queries import strategy_of
from boundaries.errors import Fault, Invalid, NotFound
from boundaries.footprints import outline_of_codes
from boundaries.methods.code_verdict import join_words
from boundaries.moments import sees_a_moment

MOST_MERGED = 12
MOST_KEPT = 8
_kept: Latest[dict[str, Any]] = Latest(MOST_KEPT)


class MergerInvalid(Invalid):
    """Those partnerships cannot be merged even in thought: too few, too many, or an invented one among real ones."""

    slug = "merger-invalid"
    title = "That merger cannot be rehearsed"


def read_slugs(written: str) -> list[str]:
    """Read slugs with commas between, each once. Raises MergerInvalid for fewer than two or too many."""
    slugs = list(dict.fromkeys(word.strip() for word in written.split(",") if word.strip()))
    if not 2 <= len(slugs) <= MOST_MERGED:
        detail = f"partnerships: two to {MOST_MERGED} slugs with commas between, not {len(slugs)}"
        raise MergerInvalid(detail, [Fault(detail, "/partnerships", value=written[:80])])
    return slugs


def merge_partnerships(
    session: Session, slugs: Sequence[str], day: date, *, stage: str = "awarded"
) -> dict[str, Any]:
    """Rehearse a merger of partnerships as they stand on a day.

    Kept while partnerships, what is kept of them and all inputs are as they are: nobody changes what is given.
    Raises UnknownPartnership, MergerInvalid, Invalid for an unknown stage, LayerMissing. Where small areas or
    money are not loaded, `neighbourhoods` or `money` is None and a note says why.
    """
    check_asked(LedgerAsked(stage=stage))
    key = (
        mark_of_tables(session, EVERY_INPUT),
        marks_of_records(session),
        tuple(slugs),
        day,
        stage,
    )
    return _kept.get(key, lambda: _merged(session, slugs, day, stage), keeps=sees_a_moment(session))


def _merged(session: Session, slugs: Sequence[str], day: date, stage: str) -> dict[str, Any]:
    rows = [get_partnership(session, slug) for slug in slugs]
    if len({row.demo for row in rows}) > 1:
        detail = "invented partnerships and real ones cannot be taken together"
        raise MergerInvalid(detail, [Fault(detail, "/partnerships")])
    grounds = [ground_of_partnership(session, slug, day) for slug in slugs]
    before = [align_ground(session, ground, day) for ground in grounds]
    kinds = {row.kind for row in rows}
    union = _union(session, grounds, day, kinds.pop() if len(kinds) == 1 else "merged")
    after = align_ground(session, union, day)
    after["claimed_twice"] = [c for c in after["claimed_twice"] if c["partnership"] not in slugs]
    notes: list[str] = []
    told: dict[str, Any] = {"neighbourhoods": None, "money": None}
    try:
        held = [read_on_ground(session, slug, day) for slug in slugs]
        together = ground_of_all(session, held)
        told["neighbourhoods"] = merged_neighbourhoods(session, held, together, demo=rows[0].demo)
        told["money"] = merged_money(session, held, together, [row.name for row in rows], stage)
    except NotFound as problem:
        notes.append(f"Nothing is said of neighbourhoods and money: {problem.detail}.")
    members = join_members([(row.slug, register(row.members, row.lead, day)) for row in rows])
    words = _words(session, slugs, [(row.slug, row.lead) for row in rows], day)
    body = {
        "as_at": day, "name": union.name,
        "partnerships": [
            {"slug": row.slug, "name": row.name, "kind": row.kind, "lead": row.lead, "demo": row.demo,
             "verdict": lies["verdict"], "by_tier": lies["by_tier"], "sentence": lies["sentence"]}
            for row, lies in zip(rows, before, strict=True)
        ],
        "alignment": after, "members": members, "words": words, **told, "notes": notes,
    }  # fmt: skip
    return {"sentence": say_merger(body), **body}


def _union(session: Session, grounds: Sequence[Ground], day: date, kind: str) -> Ground:
    """Say the ground of all: their councils, or, where one has an outline of its own, one outline of all."""
    names = join_names([ground.name for ground in grounds])
    codes = dict(
        sorted(
            pair
            for ground in grounds
            for pair in zip(ground.codes, ground.names, strict=True)
        )
    )  # fmt: skip
    demo = grounds[0].demo
    outline = None
    if any(ground.outline_wkb is not None for ground in grounds):
        shapes = [
            outline_of_codes(session, ground.codes, day, demo=demo)[0]
            if ground.outline_wkb is None
            else shapely.from_wkb(ground.outline_wkb)
            for ground in grounds
        ]
        parts = shapely.get_parts(shapely.union_all(shapes))
        outline = shapely.to_wkb(
            shapely.multipolygons([part for part in parts if part.geom_type == "Polygon"])
        )
    return Ground(names, tuple(codes), tuple(codes.values()), demo, None, kind, outline)


def _words(
    session: Session, slugs: Sequence[str], leads: Sequence[tuple[str, str | None]], day: date
) -> list[dict[str, Any]]:
    """Set the partnerships' own targets, actions not dropped and published strategies side by side."""
    targets = [(slug, target_body(row)) for slug in slugs for row in list_targets(session, slug)]
    actions = [
        (slug, action_body(row, day))
        for slug in slugs
        for row in list_actions(session, slug)
        if row.status != "dropped"
    ]
    published = [(slug, strategy_of(session, slug, day)) for slug in slugs]
    return compare_words(targets, actions, published, leads)


def say_merger(body: dict[str, Any]) -> str:
    """Say in some sentences what the merger would do."""
    names = join_words([row["name"] for row in body["partnerships"]])
    said = [f"{names} as one: {body['alignment']['verdict']}. {body['alignment']['sentence']}"]
    members = body["members"]
    if members["named_before"]:
        said.append(
            f"{members['total']} members instead of {members['named_before']} seats; "
            f"{len(members['in_several'])} {'sits' if len(members['in_several']) == 1 else 'sit'} on more than one."
        )
    saved = body["neighbourhoods"]
    if saved is not None and saved["total"]:
        said.append(
            f"Of {saved['total']} saved neighbourhoods {saved['kept']} would lie wholly in it, "
            f"{saved['divided']} partly; {saved['on_both']} lie on the ground of more than one today."
        )
    money = body["money"]
    if money is not None:
        again = money["once"]["counted_again"]
        said.append(
            f"{money['after']['here_lines']} lines of money {money['stage']} would lie in it; "
            f"{again['lines']} countings of a line in a second ledger would end."
        )
    clashes = sum(row["state"] == "clash" for row in body["words"])
    if body["words"]:
        said.append(
            f"Of {len(body['words'])} things that more than one of them says {clashes or 'none'} "
            f"{'is' if clashes == 1 else 'are'} said otherwise and would have to be settled."
        )
    return " ".join(said)
