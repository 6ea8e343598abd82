"""Browsers signed in with a token: what a cookie is worth, what ends it, and what it never does alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, text, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.access import actions, browsers
from app.access.queries import Actor, list_tokens
from app.access.tables import BrowserSession, Token
from app.access.tries import MOST, REFILL_S, Tries
from app.sessions import writing

OURS = {"Origin": "http://testserver"}
SECOND = timedelta(seconds=1)


def signed_in(
    db: Session, role: str = "editor", slug: str | None = "exe-valley"
) -> tuple[int, str]:
    made = actions.create_token(db, role, slug, "a test")
    begun = browsers.begin(db, made.secret)
    assert begun is not None
    return made.id, begun.secret


def test_a_browser_is_worth_exactly_its_token_and_its_secret_is_not_stored(db: Session) -> None:
    token_id, secret = signed_in(db)
    assert browsers.find_browser(db, secret) == Actor(token_id, "editor", "exe-valley")
    assert browsers.find_browser(db, secret + "x") is None
    assert secret not in str(db.execute(text("SELECT * FROM browser_sessions")).all())


def test_it_ends_with_its_token(db: Session) -> None:
    token_id, secret = signed_in(db)
    db.execute(update(Token).values(expires_at=func.now()))
    assert browsers.find_browser(db, secret) is None
    db.execute(update(Token).values(expires_at=None))
    assert browsers.find_browser(db, secret) is not None
    actions.revoke_token(db, token_id, "a test")
    assert browsers.find_browser(db, secret) is None


@pytest.mark.parametrize("moment", ["seen_at", "begun_at"])
def test_it_ends_when_idle_or_open_for_too_long_and_not_a_second_earlier(
    db: Session, moment: str
) -> None:
    _, secret = signed_in(db)
    longest = browsers.IDLE if moment == "seen_at" else browsers.LONGEST
    db.execute(update(BrowserSession).values({moment: func.now() - longest + SECOND}))
    assert browsers.find_browser(db, secret) is not None
    db.execute(update(BrowserSession).values({moment: func.now() - longest}))
    assert browsers.find_browser(db, secret) is None


def test_use_keeps_it_open_but_never_past_its_longest(db: Session) -> None:
    _, secret = signed_in(db)
    db.execute(update(BrowserSession).values(seen_at=func.now() - browsers.IDLE + SECOND))
    browsers.keep_open(db, secret)
    seen = db.scalar(text("SELECT seen_at = now() FROM browser_sessions"))
    assert seen is True
    db.execute(update(BrowserSession).values(begun_at=func.now() - browsers.LONGEST))
    assert browsers.find_browser(db, secret) is None


def test_signing_in_is_no_write_of_the_token(db: Session) -> None:
    signed_in(db)
    assert [token.last_write_at for token in list_tokens(db)] == [None]


def test_the_word_of_a_form_is_of_one_browser_and_gives_the_cookie_not_away() -> None:
    word = browsers.form_word("cookie")
    assert browsers.is_form_word("cookie", word)
    assert not browsers.is_form_word("cooki", word)
    assert not browsers.is_form_word("cookie", "")
    assert "cookie" not in word


def test_ten_tokens_that_do_not_work_are_enough_for_half_a_minute() -> None:
    tries = Tries()
    for _ in range(MOST):
        assert tries.wait_s("a", 0.0) == 0
        tries.failed("a", 0.0)
    assert tries.wait_s("a", 0.0) == REFILL_S
    assert tries.wait_s("b", 0.0) == 0
    assert tries.wait_s("a", REFILL_S) == 0


@pytest.fixture
def editor(client: TestClient) -> TestClient:
    """A service with a browser that signed in through the form."""
    with writing(client.app.state.engine) as session:  # type: ignore[attr-defined]
        made = actions.create_token(session, "administrator", None, "a test")
    answer = client.post(
        "/sign-in", data={"token": made.secret, "next": "/data"}, headers=OURS, follow_redirects=False
    )  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, "/data")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert made.secret.lower() not in cookie
    return client


def word_on(answer: Any) -> str:
    return re.findall(r'name="form_word" value="([0-9a-f]{64})"', answer.text)[0]


def test_a_cookie_alone_writes_nothing_and_with_the_word_from_elsewhere_neither(
    editor: TestClient,
) -> None:
    desk = editor.get("/desk")
    assert desk.headers["cache-control"] == "private, no-store"
    word, body = word_on(desk), {"name": "Pact", "authorities": ["X07000002"]}
    address = "/api/v1/partnerships"
    assert editor.post(address, json=body).status_code == 401
    assert editor.post(address, json=body, headers=OURS).status_code == 401
    signed = {"X-CSRF-Token": word}
    for origin in ("", "null", "http://elsewhere", "https://testserver", "http://testserver:81"):
        foreign = signed | ({"Origin": origin} if origin else {})
        assert editor.post(address, json=body, headers=foreign).status_code == 403, origin
    wrong = editor.post(address, json=body, headers=OURS | {"X-CSRF-Token": word[:-1]})
    assert wrong.json()["type"] == "/problems/foreign-form"
    # Past the door: there is no such council in an empty database.
    assert editor.post(address, json=body, headers=OURS | signed).status_code in {404, 422}


def test_signing_out_ends_the_session_for_good(editor: TestClient) -> None:
    held, word = editor.cookies["bounds"], word_on(editor.get("/desk"))
    assert editor.post("/sign-out", data={"form_word": word}).status_code == 403
    out = editor.post("/sign-out", data={"form_word": word}, headers=OURS, follow_redirects=False)
    assert out.headers["location"] == "/sign-in"
    assert "bounds" not in editor.cookies
    editor.cookies.set("bounds", held)
    again = editor.get("/desk", follow_redirects=False)
    assert (again.status_code, again.headers["location"]) == (303, "/sign-in?next=/desk")


def test_who_cannot_sign_in_is_told_why_and_goes_nowhere_else(client: TestClient) -> None:
    for _ in range(MOST):
        told = client.post(
            "/sign-in", data={"token": "bounds_x", "next": "//elsewhere"}, headers=OURS
        )
        assert told.status_code == 401
        assert "That token is not known" in told.text
        assert 'name="next" value="/desk"' in told.text
        assert "set-cookie" not in told.headers
    late = client.post("/sign-in", data={"token": "bounds_x"}, headers=OURS)
    assert late.status_code == 429
    assert client.post("/sign-in", data={"token": "bounds_x"}).status_code == 403
