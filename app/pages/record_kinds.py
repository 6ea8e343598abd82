"""The records that an editor keeps by form: their fields, and the actions that keep them.

A form goes through the very models and actions of the API: what one refuses the other does too.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from sqlalchemy.orm import Session

from app.access.queries import Actor
from app.dependencies import content_etag, today, version_etag
from app.neighbourhoods.queries import list_neighbourhoods
from app.pages.agreement_kinds import AGREEMENTS, programmes_offered
from app.pages.paper_kinds import PAPERS
from app.pages.queries import names_of
from app.pages.record_fields import Field, Group, Typed
from app.pages.record_kind import Offered, RecordKind, Stored, require_editor
from app.partnerships import actions as partnerships
from app.partnerships.methods.members import SECTORS
from app.partnerships.queries import as_body, get_partnership
from app.partnerships.schemas import Changes, NewPartnership
from app.problems import NotAllowed
from app.resources import own_programmes
from app.resources.methods.programme_record import KINDS as MONEY_KINDS
from app.resources.methods.programme_record import Record
from app.resources.programme_queries import show_programme
from app.resources.programme_schemas import NewProgramme, ProgrammeChanges
from app.strategies import actions as targets
from app.strategies import plan
from app.strategies.evaluate import target_body
from app.strategies.methods.promise import KINDS as PROMISES
from app.strategies.methods.promise import PATHS
from app.strategies.plan import STATUSES
from app.strategies.plan_queries import action_body
from app.strategies.plan_routes import ActionFields, NewAction
from app.strategies.queries import list_targets
from app.strategies.schemas import NewTarget, TargetFields
from app.strategies.targets import DISTRICTS, WHOLE, as_row


def _find_partnership(session: Session, key: str) -> Stored:
    row = partnerships.lock_partnership(session, key)
    named = names_of(session, row.authorities)
    note = (
        "Councils: "
        + ", ".join(f"{named.get(code, 'not known')} ({code})" for code in row.authorities)
        + "."
    )
    return Stored(
        as_body(row), version_etag(row.slug, row.version), row.slug, f"/partnerships/{row.slug}", f"Change {row.name}",
        note if row.authorities else "",
    )  # fmt: skip


def _make_partnership(session: Session, actor: Actor, said: NewPartnership) -> str:
    slug = partnerships.slug_of(said.name)
    if not actor.may_edit(slug):
        raise NotAllowed("this token may not make a partnership of that name")
    row = partnerships.create_partnership(
        session, actor, name=said.name, kind=said.kind, authorities=said.authorities,
        members=[each.model_dump() for each in said.members], lead=said.lead, valid_from=said.valid_from,
        valid_to=said.valid_to, day=today(),
    )  # fmt: skip
    return f"/partnerships/{row.slug}"


def _change_partnership(session: Session, actor: Actor, key: str, said: Changes, _do: str) -> None:
    partnerships.change_partnership(
        session, actor, key, said.model_dump(exclude_unset=True), today()
    )


def _progress(slug: str) -> str:
    return f"/partnerships/{slug}/progress"


def _find_target(session: Session, key: str) -> Stored:
    row = targets.lock_target(session, key)
    slug = row.partnership_slug
    return Stored(target_body(as_row(row)), version_etag(row.id, row.revision), slug, _progress(slug))  # fmt: skip


def _make_target(session: Session, actor: Actor, said: NewTarget) -> str:
    require_editor(actor, said.partnership)
    targets.make_target(session, actor, said.partnership, said.said(), today())
    return _progress(said.partnership)


def _change_target(session: Session, actor: Actor, key: str, said: TargetFields, _do: str) -> None:
    targets.change_target(session, actor, key, said.changes(), today())


def _find_action(session: Session, key: str) -> Stored:
    row = plan.lock_action(session, key)
    slug = row.partnership_slug
    return Stored(action_body(row, today()), version_etag(row.id, row.revision), slug, _progress(slug))  # fmt: skip


def _make_action(session: Session, actor: Actor, said: NewAction) -> str:
    require_editor(actor, said.partnership)
    get_partnership(session, said.partnership)
    plan.make_action(session, actor, said.partnership, said.said())
    return _progress(said.partnership)


def _change_action(session: Session, actor: Actor, key: str, said: ActionFields, _do: str) -> None:
    plan.change_action(session, actor, key, said.said())


def _find_programme(session: Session, key: str) -> Stored:
    row = own_programmes.lock_programme(session, key)
    body = show_programme(session, row.id)
    slug = row.partnership_slug
    page = "/data" if slug is None else f"/partnerships/{slug}/resources"
    return Stored(body, content_etag(orjson.dumps(body)), slug, page)


def _make_programme(session: Session, actor: Actor, said: NewProgramme) -> str:
    require_editor(actor, said.partnership)
    plain = said.as_plain()
    slug, name = plain.pop("partnership", None), plain.pop("id", None)
    own_programmes.create_programme(
        session, actor, Record(**plain), partnership=slug, day=today(), name=name
    )
    return "/data" if slug is None else f"/partnerships/{slug}/resources"


def _change_programme(
    session: Session, actor: Actor, key: str, said: ProgrammeChanges, _do: str
) -> None:
    own_programmes.change_programme(session, actor, key, said.as_plain(), today())


def _of_partnership(session: Session, typed: Typed, stored: Stored | None) -> Offered:
    """Offer an action the neighbourhoods, targets and programmes that it may name, where its partnership is known."""
    slug = stored.partnership if stored is not None else typed.get("partnership")
    if not slug:
        return {}
    return {
        "neighbourhoods": [(each.slug, each.name) for each in list_neighbourhoods(session, slug)],
        "targets": [(each.id, each.title) for each in list_targets(session, slug)],
        "programmes": programmes_offered(session, slug),
    }


_OF = Field("partnership", "Partnership", "choice", must=True, fixed=True)
RECORDS: Mapping[str, RecordKind] = {
    "partnerships": RecordKind(
        "partnership",
        (
            Field("name", "Name", must=True),
            Field("kind", "Kind", "choice", choices=partnerships.KINDS),
            Field("authorities", "Councils: by code or name, one a line", "lines", must=True),
            Field("lead", "Lead"),
            Field("valid_from", "From the day", "day"),
            Field("valid_to", "Until before the day", "day"),
            Group("members", "Members: an organisation or a role, never a person", "member", (
                Field("name", "Member", must=True),
                Field("sector", "Sector", "choice", must=True, choices=tuple(SECTORS)),
                Field("role", "Role in the partnership"),
                Field("joined", "Joined on", "day"),
                Field("left", "Left on", "day"),
                Field("communities", "Speaks for: one a line", "lines"),
            )),
        ),
        Changes, _find_partnership, _change_partnership, NewPartnership, _make_partnership,
        partnerships.remove_partnership,
        removing="With it go its designations, neighbourhoods, targets and actions, and its editors' tokens end.",
    ),
    "programmes": RecordKind(
        "programme",
        (
            Field("partnership", "Partnership; none: everybody's", "choice", fixed=True),
            Field("title", "Title", must=True),
            Field("funder", "Funder", must=True),
            Field("theme", "Theme"),
            Field("money_kind", "Kind of money", "choice", choices=MONEY_KINDS),
            Field("period", "Period in words"),
            Field("first_year", "First financial year: the year of its April, 2001 for 2001-02", "year"),
            Field("last_year", "Last financial year: the year of its April", "year"),
        ),
        ProgrammeChanges, _find_programme, _change_programme, NewProgramme, _make_programme,
        own_programmes.remove_programme, removing="Lines that drew on it stay, and draw on none.",
    ),
    "targets": RecordKind(
        "target",
        (
            _OF,
            Field("title", "What is promised", must=True),
            Field("theme", "Theme"),
            Field("kind", "Kind of promise", "choice", must=True, choices=PROMISES),
            Field("scope", "Judged for: each of the districts, or the whole", "choice", choices=(DISTRICTS, WHOLE)),
            Field("indicator", "Indicator that judges it: its id", "known"),
            Field("measure", "What is measured, where no indicator is named"),
            Field("unit", "Unit"),
            Field("higher_is_worse", "Is a higher figure worse, where no indicator is named", "choice",
                  choices=("true", "false")),
            Field("threshold", "Figure to reach: the threshold"),
            Field("reduction_share", "Share of a gap to close, in place of it (0 to 1)"),
            Field("tail_share", "Worst areas of a gap: their share of people (0 to 1)"),
            Field("baseline_period", "Baseline: its period, as 2024, 2024-25 or 2024-03", must=True),
            Field("baseline_value", "Baseline: its figure, where the indicator does not hold it"),
            Field("due_period", "Due: the period, as 2030, 2030-31 or 2030-03", must=True),
            Field("path", "How it is to be reached", "choice", choices=PATHS),
            Field("milestones", "Steps of a stepped path, one a line: 2025 = 12.5", "steps"),
            Field("source", "Where it was promised", "words"),
        ),
        TargetFields, _find_target, _change_target, NewTarget, _make_target, targets.remove_target,
    ),
    "actions": RecordKind(
        "action",
        (
            _OF,
            Field("title", "What is to be done", must=True),
            Field("theme", "Theme"),
            Field("owner", "Owner: an organisation or a role, never a person", must=True),
            Field("neighbourhoods", "Neighbourhoods; none: the whole partnership", "ticks"),
            Field("targets", "Targets that it serves", "ticks"),
            Field("programmes", "Programmes that pay for it", "ticks"),
            Field("starts_on", "Starts on", "day"),
            Field("due_on", "Due on", "day", must=True),
            Field("status", "How it stands", "choice", choices=STATUSES),
            Field("note", "Note", "words"),
        ),
        ActionFields, _find_action, _change_action, NewAction, _make_action, plan.remove_action,
        offers=_of_partnership,
    ),
    **AGREEMENTS,
    **PAPERS,
}  # fmt: skip
