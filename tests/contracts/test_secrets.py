"""No token, password or cookie, and nothing that people sent, stands in a log, an answer or what a command says."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine
from starlette.testclient import TestClient

from app.access import actions
from app.logs import configure_logs
from app.main import create_app
from app.sessions import writing
from app.settings import Settings, from_environment
from tests.contracts.write_cases import API
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.small_apps import waits_no_more

pytestmark = pytest.mark.slow
PASSWORD = "hunter2-of-the-database"
SENT = ("TN34 1AA", "Jane Doe of Exe Street", "-1.234567")
ONE_AFTER_ANOTHER = """
import sys
from app.cli import run
for words in ("settings", "areas find x", "db url", "doctor", "db status"):
    sys.argv = ["bounds", *words.split()]
    try:
        run()
    except SystemExit as ended:
        print(words, "ended with", ended.code)
"""
# What would end a line of a log, a header or a page, could it get there.
ENDINGS = ("\r\nX-Injected: yes", '\n{"level": "FORGED"}', "\x1b[2J", "\u2028forged")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the service writes to its log in this test, at its most talkative."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    written = io.StringIO()
    configure_logs("DEBUG", written)
    yield written
    root.handlers[:] = before
    root.setLevel(level)


def of_the_service(lines: io.StringIO) -> str:
    """The log without the lines of the client that asks."""
    return "".join(
        line
        for line in lines.getvalue().splitlines(keepends=True)
        if '"logger":"httpx"' not in line
    )


@pytest.fixture
def served(cluster: ClusterForTests, demo_template: str, tmp_path: Path) -> Iterator[Any]:
    url = cluster.clone(demo_template)
    engine = open_engine(url)
    with writing(engine) as session:
        secret = actions.create_token(session, "administrator", None, "a test").secret
    with TestClient(create_app(Settings(data_dir=tmp_path), engine)) as client:
        yield client, secret
    cluster.drop(url)


def test_no_secret_and_nothing_sent_is_in_a_log_or_an_answer(
    served: Any, lines: io.StringIO
) -> None:
    client, secret = served
    signed = {"Authorization": f"Bearer {secret}"}
    answers = [
        client.get(f"{API}/lookup/postcode/{SENT[0]}", headers=signed),
        client.get(f"{API}/lookup/point?lon={SENT[2]}&lat=52"),
        client.get(f"/search?q={SENT[1]}"),
        client.post(
            f"{API}/partnerships", json={"name": SENT[1], "authorities": ["X"]}, headers=signed
        ),
        client.post(f"{API}/partnerships", content=b"{" + secret.encode(), headers=signed),
        client.get(f"{API}/audit", headers={"Authorization": f"Bearer {secret}x"}),
        client.post("/sign-in", data={"token": secret}, headers={"Origin": "http://testserver"}),
        client.get("/desk"),
        client.get(f"{API}/areas", headers={"X-Request-ID": secret + "!"}),
        client.get("/nothing", headers={"Cookie": f"bounds={secret}"}),
    ]
    cookie = client.cookies.get("bounds") or ""
    assert cookie
    said = of_the_service(lines)
    assert said.count("\n") >= len(answers)
    for word in (secret, cookie, *SENT):
        assert word not in said
    for answer in answers:
        assert secret not in answer.text
        assert cookie not in answer.text


def test_what_is_sent_ends_no_line_of_the_log_and_starts_no_header(
    served: Any, lines: io.StringIO
) -> None:
    client, secret = served
    for ending in ENDINGS:
        text = f"abcdefgh{ending}"
        raw = text.encode("utf-8")
        asked = [
            client.get("/search", params={"q": text}),
            client.get(f"{API}/areas", params={"type": text}),
            client.get(f"{API}/partnerships/{text.encode().hex()}", headers={b"X-Request-ID": raw}),
            client.post("/sign-in", data={"token": text, "next": text}, headers={"Origin": "http://testserver"}),
            client.post(f"{API}/partnerships", json={"name": text}, headers={b"Authorization": b"Bearer " + raw}),
            client.post(f"{API}/partnerships", json={"name": text, "authorities": [text]},
                        headers={"Authorization": f"Bearer {secret}"}),
        ]  # fmt: skip
        for answer in asked:
            assert "x-injected" not in answer.headers
            for name, value in answer.headers.items():
                assert name.isprintable()
                assert value.isprintable()
                assert "forged" not in value.lower()
    for line in of_the_service(lines).splitlines():
        told = json.loads(line)
        assert told["level"] in {"DEBUG", "INFO", "WARNING"}
        assert "\x1b" not in line


def test_names_of_files_and_slugs_are_headers_that_end_where_they_should(served: Any) -> None:
    client, secret = served
    name = 'a"; filename="b.exe'
    made = client.post(
        f"{API}/partnerships", json={"name": name, "authorities": ["X07000001"]},
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    slug = made.json()["slug"]
    for path in (f"{API}/partnerships/{slug}.gpkg", f"{API}/partnerships/{slug}/record.csv?table=members",
                 f"{API}/partnerships/{slug}/record.xlsx", f"/partnerships/{slug}/map.html"):  # fmt: skip
        kept = client.get(path).headers.get("content-disposition", "")
        assert kept.count('"') in {0, 2}


def test_a_password_of_the_database_is_in_no_repr_error_or_setting(
    tmp_path: Path, lines: io.StringIO
) -> None:
    url = f"postgresql://u:{PASSWORD}@127.0.0.1:1/d"
    settings = from_environment({"BOUNDS_DATABASE_URL": url, "BOUNDS_DATA_DIR": str(tmp_path)})
    engine = create_engine(str(settings.database_url)).execution_options(reconnect_s=0.1)
    app = create_app(settings, engine)
    waits_no_more(app)
    client = TestClient(app, raise_server_exceptions=False)
    for path in (
        f"{API}/areas",
        "/readyz",
        "/metrics",
        "/",
        f"{API}/audit",
        "/ogc/collections/lad/items",
    ):
        assert PASSWORD not in client.get(path, headers={"Authorization": "Bearer x"}).text
    for told in (
        repr(settings),
        str(settings),
        repr(settings.rows()),
        repr(engine),
        lines.getvalue(),
    ):
        assert PASSWORD not in told
    with pytest.raises(psycopg.OperationalError) as down:
        psycopg.connect(url, connect_timeout=1)
    assert PASSWORD not in str(down.value)
    environment = {**os.environ, "BOUNDS_DATABASE_URL": url, "BOUNDS_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER], env=environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert (done.returncode, said.count("ended with")) == (0, 5), said
    assert "127.0.0.1" in said, "the commands tell of the database"
    assert PASSWORD not in said


def test_a_password_of_the_database_is_in_no_list_of_processes(
    cluster: ClusterForTests, template_database: str, tmp_path: Path
) -> None:
    # The server of the tests asks nobody for a password, so that any will do.
    url = cluster.clone(template_database).replace("bounds_owner@", f"bounds_owner:{PASSWORD}@")
    environment = {
        **os.environ, "BOUNDS_DATABASE_URL": url.replace("+psycopg", ""), "BOUNDS_DATA_DIR": str(tmp_path),
    }  # fmt: skip
    command = [sys.executable, "-m", "app.cli", "db", "psql", "-c", "SELECT pg_sleep(2)"]
    seen: set[bytes] = set()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        while running.poll() is None:
            for each in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(each.read_bytes())
                except OSError:  # it has ended meanwhile
                    continue
            time.sleep(0.05)
        said = running.stdout.read() if running.stdout else b""
    assert running.returncode == 0, said
    assert any(b"pg_sleep" in line and b"psql" in line.split(b"\0")[0] for line in seen)
    assert not any(PASSWORD.encode() in line for line in seen)
    assert PASSWORD.encode() not in said
