"""What people do with priorities: designate, compare two lists, and save a designation for good."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from app.access.audit import COMMAND_LINE, record
from app.access.queries import Actor
from app.priorities import queries
from app.priorities.designating import Designated, country_of, designate
from app.priorities.methods.conditions import worst_percent
from app.priorities.methods.perturb import Perturbation
from app.priorities.methods.rules import InvalidRule
from app.priorities.tables import Designation
from boundaries.errors import Fault, Invalid

# What is applied here and kept is found here too.
__all__ = ["DEFAULT_WORST", "MAX_NAME", "Designated", "country_of", "designate"]

MAX_NAME = 200
DEFAULT_WORST = 10


def save_designation(
    session: Session,
    slug: str,
    rule_given: object,
    index_id: str | None,
    name: str | None,
    actor: Actor | str,
    *,
    weights: object = None,
    standardise: object = None,
    perturbation: Perturbation | None = None,
) -> Designation:
    """Designate a partnership's ground and keep the result for good; the caller's transaction holds it.

    Raises what `designate` raises; Invalid for a name that is empty or too long.
    """
    name = (name or "").strip()
    if len(name) > MAX_NAME:
        detail = f"a name may have {MAX_NAME} characters"
        raise Invalid(detail, [Fault(detail, pointer="/name")])
    if not isinstance(rule_given, dict):
        detail = "a rule is a JSON object"
        raise InvalidRule(detail, [Fault(detail, pointer="/rule")])
    made = designate(
        session, queries.find_partnership_place(session, slug), rule_given, index_id,
        weights=weights, standardise=standardise, perturbation=perturbation,
    )  # fmt: skip
    result = made.as_plain()
    row = Designation(
        id=f"{slug[:60]}-{secrets.token_hex(5)}",
        partnership_slug=slug,
        name=name or f"{made.place.title}: {result['rule_in_words']}",
        index_id=made.chosen.own_id or made.index.id,
        rule=rule_given,
        inputs=made.inputs,
        result=result,
        created_by=str(actor),
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    selected = made.summary["areas_selected"]
    detail_ = {"partnership": slug, "index": made.index.id, "areas_selected": selected}
    record(session, actor, "designate", f"designation:{row.id}", detail_)
    return row


def count_differences(session: Session, saved: Designation) -> dict[str, object] | None:
    """Say how many areas a saved designation would judge otherwise on the inputs of today.

    None while its inputs are those of today. An area counts where it is selected, or in doubt, now
    and was not then, or the other way about, or stands on one list of areas only.
    """
    place = queries.find_partnership_place(session, saved.partnership_slug)
    own, index = saved.result.get("own_index"), saved.result["index"]
    assert isinstance(index, dict)
    # By the recipe that was kept: an own index may be removed since.
    recipe = own if isinstance(own, dict) else {"weights": None, "standardise": None}
    again = designate(
        session, place, saved.rule, index["id"], weights=recipe["weights"],
        standardise=recipe["standardise"],
    )  # fmt: skip
    if again.inputs == saved.inputs:
        return None
    then = saved.result["areas"]
    assert isinstance(then, list)
    before = {area["code"]: (area["selected"], area["cannot_tell"]) for area in then}
    truth = zip(
        again.evaluation.codes, again.evaluation.selected.tolist(),
        again.evaluation.cannot_tell.tolist(), strict=True,
    )  # fmt: skip
    now = {str(code): (selected, doubt) for code, selected, doubt in truth}
    differ = sorted(
        code for code in before.keys() | now.keys() if before.get(code) != now.get(code)
    )
    return {"inputs": again.inputs, "areas_that_differ": len(differ), "codes": differ}


def save_default_designations(session: Session, slug: str) -> list[str]:
    """Keep a partnership's worst tenth by its default index and by the newest one that holds it.

    What is kept already on the same inputs is not kept again; gives the ids of those in force.
    """
    place = queries.find_partnership_place(session, slug)
    first = queries.choose_index(session, place)
    kept = queries.list_designations(session, slug)
    ids = []
    for index_id in dict.fromkeys([first, queries.newest_index(session, place, first)]):
        rule = worst_percent(DEFAULT_WORST)
        made = designate(session, place, rule, index_id)
        same = [
            row.id
            for row in kept
            if row.index_id == index_id and row.rule == rule and row.inputs == made.inputs
        ]
        if not same:
            name = f"Worst {DEFAULT_WORST}% by {made.index.title}"
            same = [save_designation(session, slug, rule, index_id, name, COMMAND_LINE).id]
        ids.append(same[0])
    return ids
