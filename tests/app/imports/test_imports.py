"""Imports that run on while nobody waits: begun, found again, refused by row, interrupted, cancelled, repeated."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, text, update
from starlette.testclient import TestClient

from app.access import actions as access
from app.imports import actions
from app.imports.kinds import KINDS, read_said
from app.imports.queries import KILLED, SILENT, get_run
from app.imports.routes import kept_whole
from app.imports.tables import ImportRun
from app.imports.worker import Told, run
from app.main import create_app
from app.row_counts import listening
from app.sessions import reading, writing
from app.settings import Settings
from boundaries.errors import Invalid
from tests.support.engines import open_engine

OURS = {"Origin": "http://testserver"}
API = "/api/v1"
GOOD = b"what,amount,year,funder,place\nWardens,1200,2018-19,F,whole partnership\n"
BAD = GOOD + b"Lamps,some,2018-19,F,whole partnership\n"


class Desk(NamedTuple):
    """The demo county with a partnership, its service, and an editor's token."""

    client: TestClient
    signed: dict[str, str]
    secret: str

    @property
    def engine(self) -> Any:
        return self.client.app.state.engine  # type: ignore[attr-defined]

    def begin(self, content: bytes, **asked: str) -> str:
        """Write an import down without starting it; gives its id."""
        settings: Settings = self.client.app.state.settings  # type: ignore[attr-defined]
        folder = settings.data_dir / "imports"
        folder.mkdir(parents=True, exist_ok=True)
        run_id = actions.new_id()
        path = actions.kept_path(folder, run_id)
        path.write_bytes(content)
        given = {"partnership": ["exe-pact"], **{name: [each] for name, each in asked.items()}}
        with writing(self.engine) as session:
            actor = access_actor(session, self.secret)
            file = actions.KeptFile(run_id, "m.csv", *actions.digest_of(path))
            return actions.begin_run(session, actor, "resources", given, file)

    def finish(self, run_id: str) -> dict[str, Any]:
        """Do in this process what the worker's process does, and ask after it."""
        settings: Settings = self.client.app.state.settings  # type: ignore[attr-defined]
        run(self.engine, settings.data_dir / "imports", run_id)
        return self.ask(run_id)

    def ask(self, run_id: str, **headers: str) -> dict[str, Any]:
        answer = self.client.get(f"{API}/imports/{run_id}", headers=headers or self.signed)
        assert answer.status_code == 200
        return dict(answer.json())

    def lines(self) -> int:
        with reading(self.engine) as session:
            return int(session.scalar(text("SELECT count(*) FROM resource_lines")) or 0)


def access_actor(session: Any, secret: str) -> Any:
    from app.access.queries import find_actor

    return find_actor(session, secret)


@pytest.fixture(scope="module")
def desk(
    make_database: Callable[[str], str],
    demo_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    engine = open_engine(make_database(demo_template))
    settings = Settings(data_dir=tmp_path_factory.mktemp("desk"))
    with TestClient(create_app(settings, engine)) as client:
        with writing(engine) as session:
            secret = access.create_token(session, "editor", "exe-pact", "a test").secret
        signed = {"Authorization": f"Bearer {secret}"}
        body = {"name": "Exe Pact", "authorities": ["X07000002"]}
        assert client.post(f"{API}/partnerships", json=body, headers=signed).status_code == 201
        yield Desk(client, signed, secret)


def test_a_rehearsal_counts_every_row_and_stores_none_and_then_it_is_stored(desk: Desk) -> None:
    before = desk.lines()
    rehearsed = desk.begin(GOOD, dry_run="true")
    assert desk.ask(rehearsed)["status"] == "running"
    told = desk.finish(rehearsed)
    assert (told["status"], told["done"], told["total"], told["rehearsal"]) == ("done", 1, 1, True)
    assert told["report"]["rows_stored"] == 1
    assert desk.lines() == before
    told = desk.finish(desk.begin(GOOD))
    assert (told["status"], told["report"]["stored"]) == ("done", True)
    assert desk.lines() == before + 1


def test_a_row_that_cannot_be_stored_is_told_by_row_column_and_rule(desk: Desk) -> None:
    told = desk.finish(desk.begin(BAD, dry_run="true"))
    (fault,) = told["report"]["refused"]
    assert (fault["row"], fault["column"], fault["value"]) == (3, "amount", "some")
    assert fault["rule"]
    # Who only knows the id learns how many, and nothing of what the cells hold.
    public = desk.ask(told["id"], Accept="application/json")
    assert public["report"]["refused_count"] == 1
    assert "some" not in str(public)
    assert public["file"] is None


def test_how_far_an_import_is_can_be_seen_while_it_runs_with_what_was_refused_so_far(
    desk: Desk,
) -> None:
    rows = [GOOD.splitlines()[1].replace(b"Wardens", f"W{n}".encode()) for n in range(150)]
    rows[20] = rows[20].replace(b"1200", b"some")
    run_id = desk.begin(b"\n".join([GOOD.splitlines()[0], *rows]) + b"\n", dry_run="true")
    seen: list[tuple[Any, ...]] = []

    class Looking(Told):
        def rows(self, step: str, done: int, total: int | None) -> None:
            super().rows(step, done, total)
            told = desk.ask(run_id)
            refused = [each["value"] for each in (told["report"] or {}).get("refused", [])]
            seen.append((told["status"], told["step"], told["done"], told["total"], refused))

    with reading(desk.engine) as session:
        row = get_run(session, run_id)
        actor = access_actor(session, desk.secret)
    with listening(Looking(desk.engine, run_id, every_s=0.0)), writing(desk.engine) as session:
        path = actions.kept_path(desk.client.app.state.settings.data_dir / "imports", run_id)  # type: ignore[attr-defined]
        KINDS[row.kind].run(session, actor, path, row.file_name, read_said(row.kind, row.given), False)  # fmt: skip
    assert {status for status, *_ in seen} == {"running"}
    assert seen[0] == ("running", "reading", 0, 151, [])
    checking = {each[2]: each[3:] for each in seen if each[1] == "checking"}
    # 150 rows, told of every 50; one of the first 50 is refused
    assert checking == {
        0: (150, []), 50: (150, ["some"]), 100: (150, ["some"]), 150: (150, ["some"]),
    }  # fmt: skip
    assert [each[2:4] for each in seen if each[1] == "placing"][-1] == (149, 149)
    shown = desk.client.get(f"{API}/imports/{run_id}").json()
    assert shown["report"] == {"rows_refused": 1, "refused_count": 1}
    told = desk.finish(run_id)
    assert (told["status"], told["step"], told["done"], told["total"]) == (
        "done",
        "ended",
        150,
        150,
    )


def test_a_file_without_a_sound_row_is_refused_and_a_file_that_is_none_too(desk: Desk) -> None:
    before = desk.lines()
    none_sound = b"\n".join([BAD.splitlines()[0], BAD.splitlines()[2]]) + b"\n"
    assert desk.finish(desk.begin(none_sound))["status"] == "refused"
    told = desk.finish(desk.begin(b"\x00\x01\x02"))
    assert (told["status"], told["report"]["type"][:10]) == ("refused", "/problems/")
    assert desk.lines() == before


def test_a_run_whose_service_was_killed_is_interrupted_and_can_be_begun_again(desk: Desk) -> None:
    run_id = desk.begin(GOOD + b" ", dry_run="true")
    with writing(desk.engine) as session:
        session.execute(
            update(ImportRun).where(ImportRun.id == run_id).values(alive_at=func.now() - SILENT)
        )
    told = desk.ask(run_id)
    assert (told["status"], told["report"]["detail"]) == ("interrupted", KILLED)
    again = desk.begin(
        GOOD + b" ", dry_run="true"
    )  # the same file: the dead one is in nobody's way
    assert desk.ask(again)["status"] == "running"
    with pytest.raises(actions.AlreadyRunning):
        desk.begin(GOOD + b" ", dry_run="true")
    assert desk.finish(again)["status"] == "done"


def test_what_somebody_cancels_stores_nothing_though_it_got_to_its_end(desk: Desk) -> None:
    before = desk.lines()
    row = b"Cancelled,5,2018-19,F,whole partnership\n"
    run_id = desk.begin(GOOD + row)
    assert desk.client.delete(f"{API}/imports/{run_id}", headers=desk.signed).status_code == 204
    desk.finish(run_id)
    assert desk.lines() == before
    with writing(desk.engine) as session:
        actions.interrupt_run(session, run_id, "cancelled")
    assert desk.client.delete(f"{API}/imports/{run_id}", headers=desk.signed).status_code == 409


def test_a_run_of_a_token_that_was_revoked_since_is_refused(desk: Desk) -> None:
    with writing(desk.engine) as session:
        made = access.create_token(session, "editor", "exe-pact", "a test")
    theirs = desk._replace(secret=made.secret)
    run_id = theirs.begin(GOOD + b"\n\n", dry_run="true")
    with writing(desk.engine) as session:
        access.revoke_token(session, made.id, "a test")
    told = desk.finish(run_id)
    assert (told["status"], told["report"]["type"]) == ("refused", "/problems/token-ended")


def test_a_repeat_that_is_refused_leaves_no_second_file(desk: Desk) -> None:
    ended = desk.begin(GOOD + b"# twice\n")
    desk.finish(ended)
    running = desk.begin(GOOD + b"# twice\n")
    settings: Settings = desk.client.app.state.settings  # type: ignore[attr-defined]
    folder = settings.data_dir / "imports"
    before = sorted(folder.iterdir())
    with writing(desk.engine) as session:
        row, actor = get_run(session, ended), access_actor(session, desk.secret)
        with pytest.raises(actions.AlreadyRunning):
            actions.repeat_run(session, actor, row, folder)
        session.rollback()
    assert sorted(folder.iterdir()) == before
    desk.finish(running)


def test_what_is_not_written_to_its_end_is_not_kept(tmp_path: Path) -> None:
    def break_off() -> None:
        with kept_whole(tmp_path / "half") as opened:
            opened.write(b"what,am")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        break_off()
    assert list(tmp_path.iterdir()) == []


def test_what_is_said_of_a_file_is_checked_before_it_runs(desk: Desk) -> None:
    with pytest.raises(Invalid, match="dry_run"):
        desk.begin(GOOD, dry_run="perhaps")
    address = f"{API}/imports/resources?partnership=theirs"
    assert desk.client.post(address, content=GOOD, headers=desk.signed).status_code == 404
    wrong = f"{API}/imports/resources?partnership=exe-pact&size=3"
    assert desk.client.post(wrong, content=GOOD, headers=desk.signed).status_code == 400


@pytest.mark.slow
def test_an_editor_signs_in_sends_a_file_leaves_and_finds_it_again(desk: Desk) -> None:
    client = desk.client
    client.post("/sign-in", data={"token": desk.secret}, headers=OURS)
    form = client.get("/desk/import/resources")
    # Which files and columns are taken is said, and what is needed is marked: the fewer of the two.
    assert "the columns what, amount, year, funder, place" in form.text
    assert form.text.count("(needed)") == 1
    # A form that the editor could fill in and never send is not shown.
    assert client.get("/desk/import/boundaries").status_code == 403
    word = re.findall(r'name="form_word" value="([0-9a-f]{64})"', form.text)[0]
    faulty = client.post(
        "/desk/import/resources", data={"form_word": word, "partnership": "<b>no</b>"}, headers=OURS
    )
    assert faulty.status_code == 422
    assert "choose a file" in faulty.text
    assert 'value="&lt;b&gt;no&lt;/b&gt;"' in faulty.text
    sent = client.post(
        "/desk/import/resources", data={"form_word": word, "partnership": "exe-pact"},
        files={"file": ("<i>money</i>.csv", BAD + b"Benches,7,2018-19,F,whole partnership\n")},
        headers=OURS, follow_redirects=False,
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    address = sent.headers["location"]
    give_up = time.monotonic() + 120
    while client.get(f"{API}{address.replace('jobs', 'imports')}").json()["status"] == "running":
        assert time.monotonic() < give_up
        time.sleep(0.3)
    page = client.get(address).text
    assert "It was rehearsed: nothing is stored yet." in page
    # what storing it would leave out is said before the button, and what else can be done after it
    assert (
        "2 rows of 3 would be left out as refused, 1 stored.</p><button>Store it</button>" in page
    )
    assert "Or mend the file" in page
    assert '<td class="num">3</td><td>refused</td><td>amount</td><td>some</td>' in page
    assert "&lt;i&gt;money&lt;/i&gt;.csv" in client.get("/jobs").text
    client.cookies.clear()
    assert client.get(address, follow_redirects=False).status_code == 303


def test_stopping_the_service_interrupts_what_runs(desk: Desk) -> None:
    from app.imports.running import Runs

    run_id = desk.begin(GOOD + b"\n", dry_run="true")
    runs = Runs(desk.engine, desk.client.app.state.settings)  # type: ignore[attr-defined]
    runs.start(run_id)
    runs.stop()
    with reading(desk.engine) as session:
        assert get_run(session, run_id).status in {"interrupted", "done"}
