from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.access import actions, queries
from app.access.audit import record
from app.access.commands import token_app
from app.access.tables import AuditEvent, Token
from app.sessions import writing
from tests.support.engines import open_engine

DAY = timedelta(days=1)


def set_expiry(session: Session, token_id: int, away: timedelta | None) -> None:
    """Let a token expire so long after the database's present."""
    at = None if away is None else func.now() + away
    session.execute(update(Token).where(Token.id == token_id).values(expires_at=at))


def test_only_the_hash_of_a_token_is_stored(db: Session) -> None:
    made = actions.create_token(db, "editor", "exe-valley", "a test")
    row = db.execute(text("SELECT * FROM tokens")).mappings().one()
    assert row["sha256"] == hashlib.sha256(made.secret.encode()).hexdigest()
    assert made.secret not in str(dict(row))
    event = db.scalars(select(AuditEvent)).one()
    assert (event.actor, event.verb, event.subject) == ("a test", "create", f"token:{made.id}")
    assert event.detail == {"role": "editor", "partnership": "exe-valley", "expires_in_days": 365}
    assert made.secret not in str(event.detail)


def test_a_token_names_its_holder_until_it_is_revoked(db: Session) -> None:
    made = actions.create_token(db, "editor", "exe-valley", "a test")
    actor = queries.find_actor(db, made.secret)
    assert actor == queries.Actor(made.id, "editor", "exe-valley")
    assert queries.find_actor(db, made.secret + "x") is None
    actions.revoke_token(db, made.id, "a test")
    assert queries.find_actor(db, made.secret) is None
    with pytest.raises(actions.AlreadyRevoked):
        actions.revoke_token(db, made.id, "a test")


@pytest.mark.parametrize("days", [1, 3650])
def test_a_token_works_for_the_days_asked_by_the_clock_of_the_database(
    db: Session, days: int
) -> None:
    made = actions.create_token(db, "editor", None, "a test", days)
    now = db.execute(func.now().select()).scalar_one()
    assert made.expires_at - now == days * DAY
    assert db.execute(select(Token.created_at)).scalar_one() == now


def test_a_token_stops_at_the_moment_it_expires(db: Session) -> None:
    made = actions.create_token(db, "editor", None, "a test")
    set_expiry(db, made.id, timedelta(microseconds=1))
    assert queries.find_actor(db, made.secret) is not None
    set_expiry(db, made.id, timedelta(0))
    assert queries.find_actor(db, made.secret) is None
    (row,) = queries.list_tokens(db)
    assert (row.state, row.revoked_at) == ("expired", None)


def test_a_token_made_before_tokens_expired_works_until_it_is_revoked(db: Session) -> None:
    made = actions.create_token(db, "editor", None, "a test")
    set_expiry(db, made.id, None)
    assert queries.find_actor(db, made.secret) is not None
    assert queries.list_tokens(db)[0].state == "works"


def test_who_holds_a_token_is_told_what_became_of_it_and_a_stranger_nothing(db: Session) -> None:
    made = actions.create_token(db, "editor", None, "a test")
    now = db.execute(func.now().select()).scalar_one()
    set_expiry(db, made.id, -2 * DAY)
    assert queries.why_refused(db, made.secret) == f"that token expired on {now - 2 * DAY:%Y-%m-%d}"
    actions.revoke_token(db, made.id, "a test")
    assert queries.why_refused(db, made.secret) == f"that token was revoked on {now:%Y-%m-%d}"
    assert queries.why_refused(db, made.secret[:-1]) == "that token is not known"


def test_two_tokens_differ_and_are_long_enough_not_to_be_guessed(db: Session) -> None:
    first, second = (actions.create_token(db, "editor", None, "a test") for _ in range(2))
    assert first.secret != second.secret
    assert len(first.secret) == len("bounds_") + 43  # 32 bytes as base64


def test_a_number_that_no_token_has_is_not_found(db: Session) -> None:
    with pytest.raises(actions.UnknownToken):
        actions.revoke_token(db, 999, "a test")


@pytest.mark.parametrize(
    ("role", "slug", "days", "columns"),
    [
        ("owner", None, 365, ["role"]),
        ("administrator", "exe-valley", 365, ["partnership"]),
        ("editor", None, 0, ["days"]),
        ("editor", None, 3651, ["days"]),
        ("owner", None, -1, ["role", "days"]),
    ],
)
def test_a_token_that_makes_no_sense_is_refused_with_every_fault(
    db: Session, role: str, slug: str | None, days: int, columns: list[str]
) -> None:
    with pytest.raises(actions.TokenNotPossible) as refused:
        actions.create_token(db, role, slug, "a test", days)
    assert [fault.column for fault in refused.value.faults] == columns
    assert db.scalars(select(Token)).all() == []


def test_the_tokens_of_a_partnership_that_goes_are_revoked_and_no_others(db: Session) -> None:
    old, gone, other, every = (
        actions.create_token(db, "editor", slug, "a test").id
        for slug in ("exe", "exe", "tamar", None)
    )
    actions.revoke_token(db, old, "a test")
    assert actions.revoke_tokens_of(db, "exe", "somebody") == [gone]
    assert [(t.id, t.state) for t in queries.list_tokens(db)] == [
        (old, "revoked"), (gone, "revoked"), (other, "works"), (every, "works"),
    ]  # fmt: skip
    newest = queries.list_events(db, limit=1)[0][0]
    assert (newest.actor, newest.verb, newest.subject) == ("somebody", "revoke", f"token:{gone}")
    assert newest.detail == {"because": "partnership:exe was removed"}


@pytest.mark.parametrize(
    ("role", "own", "slug", "may"),
    [
        ("editor", "exe", "exe", True),
        ("editor", "exe", "tamar", False),
        ("editor", None, "tamar", True),
        ("administrator", None, "tamar", True),
    ],
)
def test_who_may_edit_what(role: str, own: str | None, slug: str, may: bool) -> None:
    assert queries.Actor(1, role, own).may_edit(slug) is may


@pytest.fixture
def engine(make_database: Callable[[str], str], template_database: str) -> Engine:
    return open_engine(make_database(template_database))


def bounds(engine: Engine, *words: str) -> str:
    """Run `bounds token …`; what it printed for programs."""
    result = CliRunner().invoke(token_app, list(words), obj=lambda: engine, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_commands_make_list_and_revoke_a_token_and_show_it_once(engine: Engine) -> None:
    secret = bounds(engine, "create", "--role", "editor", "--partnership", "exe-valley").strip()
    assert secret.startswith("bounds_")
    listed = bounds(engine, "list", "--json")
    assert secret not in listed
    (row,) = orjson.loads(listed)
    assert (row["role"], row["partnership_slug"], row["revoked_at"], row["state"]) == (
        "editor", "exe-valley", None, "works",
    )  # fmt: skip
    assert row["last_write_at"] is None
    table = bounds(engine, "list")
    assert "exe-valley" in table
    assert f"until {row['expires_at'][:10]}" in table
    assert secret not in table
    bounds(engine, "revoke", str(row["id"]))
    (row,) = orjson.loads(bounds(engine, "list", "--json"))
    assert (row["revoked_at"] is None, row["state"]) == (False, "revoked")
    assert f"revoked {row['revoked_at'][:10]}" in bounds(engine, "list")
    made = orjson.loads(
        bounds(engine, "create", "--role", "administrator", "--days", "1", "--json")
    )
    assert made["secret"].startswith("bounds_")
    assert made["expires_at"][:10] > row["created_at"][:10]


def test_the_list_says_which_have_expired_which_never_do_and_when_each_last_wrote(
    engine: Engine,
) -> None:
    for _ in range(2):
        bounds(engine, "create", "--role", "editor")
    with writing(engine) as session:
        set_expiry(session, 1, -DAY)
        set_expiry(session, 2, None)
        record(session, queries.Actor(2, "editor", None), "change", "partnership:exe", {})
    first, second = orjson.loads(bounds(engine, "list", "--json"))
    assert (first["state"], first["last_write_at"]) == ("expired", None)
    assert (second["state"], second["expires_at"]) == ("works", None)
    assert second["last_write_at"] > second["created_at"]
    table = bounds(engine, "list")
    assert f"expired {first['expires_at'][:10]}" in table
    assert "without end" in table
