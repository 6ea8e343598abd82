from __future__ import annotations

import hashlib
from collections.abc import Callable

import orjson
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.access import actions, queries
from app.access.commands import token_app
from app.access.tables import AuditEvent, Token
from boundaries.database import make_engine


def test_only_the_hash_of_a_token_is_stored(db: Session) -> None:
    made = actions.create_token(db, "editor", "exe-valley", "a test")
    row = db.execute(text("SELECT * FROM tokens")).mappings().one()
    assert row["sha256"] == hashlib.sha256(made.secret.encode()).hexdigest()
    assert made.secret not in str(dict(row))
    event = db.scalars(select(AuditEvent)).one()
    assert (event.actor, event.verb, event.subject) == ("a test", "create", f"token:{made.id}")
    assert event.detail == {"role": "editor", "partnership": "exe-valley"}
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


def test_two_tokens_differ_and_are_long_enough_not_to_be_guessed(db: Session) -> None:
    first, second = (actions.create_token(db, "editor", None, "a test") for _ in range(2))
    assert first.secret != second.secret
    assert len(first.secret) == len("bounds_") + 43  # 32 bytes as base64


def test_a_number_that_no_token_has_is_not_found(db: Session) -> None:
    with pytest.raises(actions.UnknownToken):
        actions.revoke_token(db, 999, "a test")


@pytest.mark.parametrize(("role", "slug"), [("owner", None), ("administrator", "exe-valley")])
def test_a_token_that_makes_no_sense_is_refused(db: Session, role: str, slug: str | None) -> None:
    with pytest.raises(actions.TokenNotPossible):
        actions.create_token(db, role, slug, "a test")
    assert db.scalars(select(Token)).all() == []


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


def test_the_commands_make_list_and_revoke_a_token_and_show_it_once(
    make_database: Callable[[str], str], template_database: str
) -> None:
    engine = make_engine(make_database(template_database), pool_size=0)
    run = CliRunner()

    def bounds(*words: str) -> str:
        result = run.invoke(token_app, list(words), obj=lambda: engine, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    secret = bounds("create", "--role", "editor", "--partnership", "exe-valley").strip()
    assert secret.startswith("bounds_")
    listed = bounds("list", "--json")
    assert secret not in listed
    (row,) = orjson.loads(listed)
    assert (row["role"], row["partnership_slug"], row["revoked_at"]) == (
        "editor",
        "exe-valley",
        None,
    )
    table = bounds("list")
    assert "exe-valley" in table
    assert secret not in table
    bounds("revoke", str(row["id"]))
    assert orjson.loads(bounds("list", "--json"))[0]["revoked_at"] is not None
    made = orjson.loads(bounds("create", "--role", "administrator", "--json"))
    assert made["secret"].startswith("bounds_")
