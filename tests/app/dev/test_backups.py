"""Backups: whole and of what people entered, restored into a new database that takes the old one's place."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from starlette.testclient import TestClient

from app.access import actions as access
from app.dev.backup_files import (
    AS_TEXT,
    BackupThere,
    BackupUnfit,
    Counted,
    check_file,
    digest,
    list_backups,
    manifest_path,
    read_manifest,
    remove_older,
)
from app.dev.backups import Backup, count_table, make_backup, one_moment, tables_of
from app.dev.client_programs import Client, client_of
from app.dev.restore_places import private_place
from app.dev.restoring import DatabaseBusy, Place, RestoreFailed, restore
from app.main import create_app
from app.operations import newest_migration
from app.sessions import writing
from app.settings import Settings
from boundaries.errors import NotFound
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine

API = "/api/v1"
MONEY = b"what,amount,year,funder,place\nWardens,1200,2018-19,F,whole partnership\nLamps,x,2018-19,F,E1\n"
RIGHTS = (
    "SELECT nspname, relname, relacl::text FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace"
    " WHERE nspname IN ('public', 'gis') AND relkind IN ('r', 'v', 'S') ORDER BY 1, 2"
)


class Desk(NamedTuple):
    """A database of the demo county in which somebody has worked."""

    place: Place
    client: Client

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.client.connect_address(), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def backup(self, to: Path, *, entered_only: bool = False) -> Backup:
        return make_backup(self.client, to, entered_only=entered_only, progress=quiet)

    def databases(self) -> set[str]:
        name = str(self.client.address).partition("@/")[2].partition("?")[0]
        rows = self.ask("SELECT datname FROM pg_database")
        return {found for (found,) in rows if found.startswith(f"{name}_")}


def quiet(_words: str) -> None:
    """Say nothing."""


Open = Callable[[str], Desk]


@pytest.fixture(scope="module")
def open_desk(cluster: ClusterForTests, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    made = []

    def open_template(template: str) -> Desk:
        url = cluster.clone(template)
        made.append(url)
        settings = Settings(data_dir=tmp_path_factory.mktemp("restored"))
        client = client_of(settings, url)
        return Desk(private_place(settings, cluster.server)._replace(owner=client), client)

    yield open_template
    for url in made:
        cluster.drop(url)


@pytest.fixture(scope="module")
def worked_template(
    cluster: ClusterForTests, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The demo county with a partnership, an estate, its money and a table of somebody's own."""

    def work(url: str) -> None:
        engine = open_engine(url)
        settings = Settings(data_dir=tmp_path_factory.mktemp("desk"))
        with TestClient(create_app(settings, engine)) as client:
            with writing(engine) as session:
                secret = access.create_token(session, "administrator", None, "a test").secret
            signed = {"Authorization": f"Bearer {secret}"}
            body: dict[str, Any] = {"name": "Exe \\ Pact\t“<b>”", "authorities": ["X07000002"]}
            made = client.post(f"{API}/partnerships", json=body, headers=signed)
            assert made.status_code == 201, made.text
            slug = made.json()["slug"]
            codes = client.get(f"{API}/areas/X07000002/covers?type=lsoa").json()["items"][:2]
            estate = [each["code"] for each in codes]
            body = {"name": "Quay", "partnership": slug, "codes": estate, "reason": "asked for"}
            made = client.post(f"{API}/neighbourhoods", json=body, headers=signed)
            assert made.status_code == 201, made.text
            address = f"{API}/resources?partnership={slug}&name=m.csv"
            sent = client.post(
                address, content=MONEY, headers={**signed, "Content-Type": "text/csv"}
            )
            assert sent.status_code < 300, sent.text
        engine.dispose()

    return cluster.template("bounds_worked", work, base=demo_template)


@pytest.fixture(scope="module")
def worked(open_desk: Open, worked_template: str) -> Desk:
    return open_desk(worked_template)


@pytest.fixture(scope="module")
def whole(worked: Desk, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    return worked.backup(tmp_path_factory.mktemp("whole") / "all.dump")


@pytest.mark.slow
def test_a_whole_backup_brings_back_every_row_and_every_right_and_keeps_what_was_there(
    open_desk: Open, worked_template: str, whole: Backup
) -> None:
    desk = open_desk(worked_template)
    rights = desk.ask(RIGHTS)
    desk.ask("UPDATE partnerships SET name = 'spoilt'")
    desk.ask("DELETE FROM boundaries")
    done = restore(desk.place, whole.file, quiet)
    assert done.rows == sum(each.rows for each in whole.manifest.tables.values()) > 1000
    again = desk.backup(whole.file.parent / "again.dump")
    assert again.manifest.tables == whole.manifest.tables
    assert desk.ask(RIGHTS) == rights
    assert desk.databases() == {done.former}
    former = desk._replace(client=desk.client.at(done.former))
    assert former.ask("SELECT DISTINCT name FROM partnerships") == [("spoilt",)]
    with psycopg.connect(desk.place.chief.connect_address(), autocommit=True) as chief:
        chief.execute(f'DROP DATABASE "{done.former}"')  # type: ignore[call-overload]


def test_a_backup_is_of_one_moment_though_rows_are_written_meanwhile(
    worked: Desk, whole: Backup, tmp_path: Path
) -> None:
    with psycopg.connect(worked.client.connect_address()) as writer:
        writer.execute("DELETE FROM audit_events")
        made = worked.backup(tmp_path / "open.dump")  # waits for nobody, sees nothing unfinished
        writer.rollback()
    assert made.manifest.tables == whole.manifest.tables


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def turn_a_bit(file: Path) -> None:
    octets = bytearray(file.read_bytes())
    octets[len(octets) // 2] ^= 1
    file.write_bytes(octets)


def tell(**changed: object) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        told = json.loads(manifest_path(file).read_text())
        manifest_path(file).write_text(json.dumps({**told, **changed}))

    return change


def another_archive(file: Path) -> None:
    file.write_bytes(b"<html>" + file.read_bytes()[6:])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (cut, "bytes"),
        (turn_a_bit, "checksum"),
        (another_archive, "archive"),
        (lambda file: manifest_path(file).unlink(), "is not there"),
        (lambda file: manifest_path(file).write_text("{"), "not what a backup"),
        (lambda file: manifest_path(file).write_text("[]"), "not what a backup"),
        (tell(tables=7), "not what a backup"),
        (tell(kind="other"), "no kind"),
        (tell(bounds_backup=99), "another kind"),
        (tell(migration="9999"), "newer Bounds"),
    ],
)
def test_what_is_damaged_foreign_or_newer_is_refused_before_anything_is_touched(
    worked: Desk, whole: Backup, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    file = tmp_path / "all.dump"
    file.write_bytes(whole.file.read_bytes())
    manifest_path(file).write_bytes(manifest_path(whole.file).read_bytes())
    assert check_file(file, newest_migration() or "") == whole.manifest
    spoil(file)
    with pytest.raises(BackupUnfit, match=said):
        restore(worked.place, file, quiet)
    assert worked.databases() == set()


def test_a_restore_that_others_stand_in_the_way_of_is_not_begun(
    worked: Desk, whole: Backup
) -> None:
    with psycopg.connect(worked.client.connect_address()) as other:
        with pytest.raises(DatabaseBusy, match="1 connections"):
            restore(worked.place, whole.file, quiet)
        assert other.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.slow
def test_a_new_database_that_lacks_rows_is_dropped_and_the_one_in_use_goes_on(
    worked: Desk, whole: Backup, tmp_path: Path
) -> None:
    file = tmp_path / "all.dump"
    file.write_bytes(whole.file.read_bytes())
    tables = {**whole.manifest.tables, "areas": Counted(1, "1")}
    wrong = dataclasses.replace(whole.manifest, tables=tables)
    manifest_path(file).write_bytes(wrong.written())
    with pytest.raises(RestoreFailed) as told:
        restore(worked.place, file, quiet)
    assert [fault.value for fault in told.value.faults] == ["areas"]
    assert worked.databases() == set()
    assert worked.ask("SELECT count(*) > 10 FROM areas") == [(True,)]


@pytest.mark.slow
def test_what_people_entered_comes_back_over_other_imported_rows_with_new_numbers(
    open_desk: Open, worked: Desk, demo_template: str, tmp_path: Path
) -> None:
    made = worked.backup(tmp_path / "entered.zip", entered_only=True)
    with zipfile.ZipFile(made.file) as archive:
        lines = [json.loads(line) for line in archive.read("partnerships.ndjson").splitlines()]
        estates = [json.loads(line) for line in archive.read("neighbourhoods.ndjson").splitlines()]
        script = archive.read("entered.sql").decode()
    assert "Exe \\ Pact\t“<b>”" in {line["name"] for line in lines}
    assert "Quay" in {line["name"] for line in estates}
    assert "\\copy partnerships " in script
    held = made.manifest.tables
    assert {held[name].rows for name in ("resource_files", "resource_lines", "tokens")} == {1}

    other = open_desk(demo_template)
    # There this number is another ground's, and somebody's work that the backup does not have.
    other.ask(
        "INSERT INTO footprints (kind, as_at, codes, digest, demo)"
        " SELECT 'codes', '2020-01-01', ARRAY['X' || n], 'other ' || n, false FROM generate_series(1, 50) AS n"
    )
    other.ask(
        "INSERT INTO audit_events (actor, verb, subject, detail) VALUES ('a', 'b', 'c', '{}')"
    )
    before = other.ask("SELECT count(*) FROM areas")
    restore(other.place, made.file, quiet, drop_former=True)
    again = other.backup(tmp_path / "again.zip", entered_only=True)
    assert again.manifest.tables == held
    assert other.ask("SELECT count(*) FROM areas") == before
    ground = (
        "SELECT codes FROM neighbourhood_versions JOIN footprints ON id = footprint_id"
        " WHERE slug = 'quay'"
    )
    assert other.ask(ground) == worked.ask(ground) != []
    assert other.databases() == set()
    # The database counts on behind what came back.
    other.ask(
        "INSERT INTO audit_events (actor, verb, subject, detail) VALUES ('a', 'b', 'c', '{}')"
    )


@pytest.mark.slow
def test_entered_rows_that_stand_on_what_is_not_here_are_refused(
    worked: Desk, template_database: str, open_desk: Open, tmp_path: Path
) -> None:
    worked.ask("UPDATE resource_lines SET programme_id = (SELECT id FROM programmes LIMIT 1)")
    made = worked.backup(tmp_path / "entered.zip", entered_only=True)
    bare = open_desk(template_database)  # no programme was ever loaded here
    with pytest.raises(BackupUnfit, match="load first"):
        restore(bare.place, made.file, quiet)
    assert bare.databases() == set()
    assert bare.ask("SELECT count(*) FROM partnerships") == [(0,)]
    worked.ask("UPDATE resource_lines SET programme_id = NULL")


def test_a_folder_keeps_the_newest_and_no_file_of_others_is_touched(
    worked: Desk, tmp_path: Path
) -> None:
    (tmp_path / "bounds-entered-20010101T000000Z.zip").write_bytes(b"PK of somebody's")
    made = worked.backup(tmp_path, entered_only=True)
    for number, at in enumerate(("20020101T000000Z", "20030101T000000Z"), start=2):
        copy = tmp_path / f"bounds-entered-{at}.zip"
        copy.write_bytes(made.file.read_bytes())
        older = dataclasses.replace(made.manifest, made_at=f"200{number}-01-01T00:00:00+00:00")
        manifest_path(copy).write_bytes(older.written())
    gone = remove_older(tmp_path, "entered", 2)
    assert [file.name for file in gone] == ["bounds-entered-20020101T000000Z.zip"]
    assert [file for file, _ in list_backups(tmp_path)][-1] == made.file
    assert len(list_backups(tmp_path)) == 2
    assert (tmp_path / "bounds-entered-20010101T000000Z.zip").exists()
    assert remove_older(tmp_path, "whole", 1) == []


def test_a_backup_is_private_is_what_its_words_say_and_writes_over_nothing(
    worked: Desk, tmp_path: Path
) -> None:
    made = worked.backup(tmp_path / "mine.zip", entered_only=True)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    assert digest(made.file) == read_manifest(made.file).sha256
    with pytest.raises(BackupThere):
        worked.backup(made.file, entered_only=True)
    with pytest.raises(NotFound):
        worked.backup(tmp_path / "nowhere" / "x.zip", entered_only=True)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
def test_a_backup_of_the_first_format_hashed_as_text_is_still_compared_and_restored(
    open_desk: Open, worked_template: str, whole: Backup, tmp_path: Path
) -> None:
    desk = open_desk(worked_template)
    with one_moment(desk.client) as connection:
        told = {
            name: dataclasses.asdict(count_table(connection, name, AS_TEXT))
            for name in tables_of(connection)
        }
    old = tmp_path / "old.dump"
    old.write_bytes(whole.file.read_bytes())
    words = {**json.loads(whole.manifest.written()), "bounds_backup": 1, "tables": told}
    del words["hashed"]
    manifest_path(old).write_text(json.dumps(words))
    assert restore(desk.place, old, quiet, drop_former=True).rows > 1000


@pytest.mark.parametrize(
    ("column", "held", "changed"),
    [
        ("geometry", "LINESTRING(0 0, 1 1, 2 2)", "LINESTRING(0 0, 1 1, 2 2.0000001)"),
        ("box", "(1,1),(0,0)", "(1,1.0000001),(0,0)"),  # PostgreSQL has no hash of boxes
        ("text[]", "{a,b}", "{b,a}"),
        ("jsonb", '{"a": null}', "{}"),
        ("float8", "0.1", "0.10000000000000002"),
        ("text", "Exe", "Exe "),
        ("date", "2001-03-01", None),
    ],
)
def test_the_least_change_of_any_kind_of_value_changes_a_table_s_checksum(
    worked: Desk, column: str, held: str, changed: str | None
) -> None:
    with psycopg.connect(worked.client.connect_address()) as connection:
        connection.execute(f"CREATE TABLE kept (id int, held {column})")  # type: ignore[call-overload]
        connection.execute("INSERT INTO kept VALUES (1, %s), (2, NULL)", [held])
        before = count_table(connection, "kept")
        connection.execute("UPDATE kept SET held = %s WHERE id = 1", [changed])
        after = count_table(connection, "kept")
        connection.rollback()
    assert after.rows == before.rows == 2
    assert after.checksum != before.checksum
