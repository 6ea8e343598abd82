"""Keeps designations as another database kept them: under their id, with what they found that day."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.indicators.queries import get_index
from app.priorities.designating import designate
from app.priorities.methods.conditions import worst_percent
from app.priorities.queries import find_partnership_place
from app.priorities.tables import Designation
from boundaries.errors import Fault, Invalid
from boundaries.methods.shape import wrong_shape

_ID_ENDS = re.compile(r"-[a-z0-9]{1,40}", re.ASCII)
# What has a shape of its own or may lack: the rule, weights of one's own, and draws.
_MAY_DIFFER = ("rule", "own_index", "perturbations")
# The same of an area: what clauses it met, which step put it there, what would change it.
_OF_AN_AREA = ("clauses", "steps", "smallest_change")


class DesignationInvalid(Invalid):
    """A designation of a file cannot be kept as one that was made here."""

    slug = "designation-invalid"
    title = "That is not a designation"


class KeptDesignation(NamedTuple):
    """A designation as it was saved."""

    id: str
    name: str
    index_id: str
    rule: Any
    inputs: Any
    made_at: datetime
    result: Any


def keep_designation(
    session: Session, actor: Actor | str, slug: str, kept: KeptDesignation, now: datetime
) -> Designation:
    """Keep a designation that is not here; it never changes. Raises DesignationInvalid, UnknownIndex, NoSmallAreas."""
    like = designate(session, find_partnership_place(session, slug), worst_percent(10)).as_plain()
    like = orjson.loads(orjson.dumps({k: v for k, v in like.items() if k not in _MAY_DIFFER}))
    like["areas"] = [
        {k: v for k, v in area.items() if k not in _OF_AN_AREA} | {"clauses": [{}], "steps": []}
        for area in like["areas"][:1]
    ]
    faults = []
    begins, rule = slug[:60], "id-of-the-partnership"
    ends = kept.id.removeprefix(begins)
    if ends == kept.id or _ID_ENDS.fullmatch(ends) is None:
        hint = f"{begins}- and then small letters and figures"
        faults.append(_fault("id", kept.id, hint, rule))
    elif session.get(Designation, kept.id) is not None:
        faults.append(_fault("id", kept.id, "another partnership has one of that id", rule))
    if kept.made_at > now:
        faults.append(_fault("made_at", kept.made_at, "it lies in the future", "made-before-now"))
    if not isinstance(kept.rule, dict):
        faults.append(_fault("rule", kept.rule, "a rule is a JSON object", "rule-is-an-object"))
    if (wrong := wrong_shape(kept.inputs, like["inputs"])) is not None:
        faults.append(_fault("inputs", "", wrong, "shape-of-a-designation"))
    if (wrong := wrong_shape(kept.result, like)) is not None:
        faults.append(_fault("result", "", wrong, "shape-of-a-designation"))
    if faults:
        raise DesignationInvalid("; ".join(fault.detail for fault in faults), faults)
    get_index(session, str(kept.result["index"]["id"]))
    row = Designation(
        id=kept.id, partnership_slug=slug, name=kept.name, index_id=kept.index_id, rule=kept.rule, inputs=kept.inputs,
        result=kept.result, created_by=str(actor), created_at=kept.made_at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    selected = kept.result["summary"]["areas_selected"]
    detail = {
        "partnership": slug,
        "index": kept.index_id,
        "areas_selected": selected,
        "brought": True,
    }
    record(session, actor, "designate", f"designation:{row.id}", detail)
    return row


def _fault(field: str, value: object, hint: str, rule: str) -> Fault:
    return Fault(f"{field}: {hint}", f"/{field}", value=str(value)[:80], rule=rule)
