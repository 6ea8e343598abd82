"""What the environment may say, and that every bad value is told at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import SettingsInvalid, from_environment


def test_an_empty_environment_serves_this_machine_only() -> None:
    settings = from_environment({"HOME": "/home/ann"}, is_root=False)
    assert settings.host == "127.0.0.1"
    assert settings.is_loopback
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.rate_limit_per_min == 0
    assert settings.database_url is None
    assert settings.mirror is None
    assert settings.data_dir == Path("/home/ann/.local/share/bounds")


def test_the_data_folder_of_root_is_outside_roots_home() -> None:
    assert from_environment({"HOME": "/root"}, is_root=True).data_dir == Path("/var/lib/bounds")


def test_a_relative_data_home_is_ignored_as_its_specification_says() -> None:
    environ = {"HOME": "/home/ann", "XDG_DATA_HOME": "here"}
    assert from_environment(environ, is_root=False).data_dir == Path(
        "/home/ann/.local/share/bounds"
    )
    environ["XDG_DATA_HOME"] = "/data/ann"
    assert from_environment(environ, is_root=False).data_dir == Path("/data/ann/bounds")


def test_listening_beyond_this_machine_turns_the_rate_limit_on() -> None:
    assert from_environment({"BOUNDS_HOST": "0.0.0.0"}).rate_limit_per_min == 600
    assert from_environment({"BOUNDS_HOST": "::1"}).rate_limit_per_min == 0
    assert from_environment({"BOUNDS_HOST": "::1"}).base_url == "http://[::1]:8000"
    chosen = {"BOUNDS_HOST": "0.0.0.0", "BOUNDS_RATE_LIMIT_PER_MIN": "0"}
    assert from_environment(chosen).rate_limit_per_min == 0


def test_hosts_and_sites_are_lists_and_each_wrong_one_is_named() -> None:
    settings = from_environment(
        {
            "BOUNDS_HOSTS": "Exe.gov.uk, maps.exe.gov.uk,",
            "BOUNDS_CORS_ORIGINS": "https://a.example/",
        }
    )
    assert settings.hosts == ("exe.gov.uk", "maps.exe.gov.uk")
    assert settings.cors_origins == ("https://a.example",)
    shown = {row.name: row.value for row in settings.rows()}
    assert shown["BOUNDS_HOSTS"] == "exe.gov.uk, maps.exe.gov.uk"
    wrong = {
        "BOUNDS_HOSTS": "a:80,b/c",
        "BOUNDS_CORS_ORIGINS": "null,https://u@a.example,https://a/b",
    }
    with pytest.raises(SettingsInvalid) as refused:
        from_environment(wrong)
    assert [fault.value for fault in refused.value.faults] == [
        "a:80", "b/c", "null", "https://u@a.example", "https://a/b"
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_spelling_of_a_database_address_is_taken(scheme: str) -> None:
    settings = from_environment({"BOUNDS_DATABASE_URL": f"{scheme}://u:p@h:5432/d"})
    assert settings.database_url == "postgresql+psycopg://u:p@h:5432/d"


def test_several_replicas_are_each_given_the_driver() -> None:
    two = {"BOUNDS_DATABASE_REPLICA_URL": "postgres://a/d,postgresql://b/d"}
    replicas = from_environment(two).database_replica_url
    assert replicas == "postgresql+psycopg://a/d,postgresql+psycopg://b/d"


def test_a_password_is_in_no_text_about_the_settings() -> None:
    settings = from_environment({"BOUNDS_DATABASE_URL": "postgresql://u:hunter2@h/d"})
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings.rows())
    with pytest.raises(SettingsInvalid) as raised:
        from_environment({"BOUNDS_DATABASE_URL": "mysql://u:hunter2@h/d"})
    assert "hunter2" not in str(raised.value)


def test_all_bad_values_are_told_at_once() -> None:
    bad = {
        "BOUNDS_PORT": "70000",
        "BOUNDS_WORKERS": "+1",
        "BOUNDS_MIRROR": "/nowhere/at/all",
        "BOUNDS_LOG_LEVEL": "loud",
        "BOUNDS_BASEMAP_URL": "https://tiles.example/1/2/3.png",
        "BOUNDS_BASE_URL": "example.org",
    }
    with pytest.raises(SettingsInvalid) as raised:
        from_environment(bad)
    assert {fault.column for fault in raised.value.faults} == set(bad)


@pytest.mark.parametrize(
    ("port", "is_good"), [("0", False), ("1", True), ("65535", True), ("65536", False)]
)
def test_ports_end_where_ports_end(port: str, is_good: bool) -> None:
    if is_good:
        assert from_environment({"BOUNDS_PORT": port}).port == int(port)
    else:
        with pytest.raises(SettingsInvalid):
            from_environment({"BOUNDS_PORT": port})


def test_every_setting_has_a_default_and_a_meaning() -> None:
    rows = from_environment({}).rows()
    assert len({row.name for row in rows}) == len(rows) == 24
    assert all(row.meaning and row.default and row.name.startswith("BOUNDS_") for row in rows)


@pytest.mark.parametrize("port", ["abc", "0", "65536", "54 32"])
def test_a_database_port_that_is_none_is_refused_and_the_password_not_repeated(port: str) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        from_environment({"BOUNDS_DATABASE_URL": f"postgresql://u:secret@h:{port}/d"})
    assert "port must be" in raised.value.detail
    assert "secret" not in raised.value.detail


@pytest.mark.slow
def test_a_table_that_goes_into_a_file_is_not_cut_to_the_width_of_a_screen() -> None:
    command = [sys.executable, "-m", "app.cli", "settings"]
    environment = {**os.environ, "BOUNDS_BASE_URL": f"https://{'long.' * 20}example.org"}
    environment.pop("COLUMNS", None)
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert environment["BOUNDS_BASE_URL"] in done.stdout
    helped = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    assert max(len(line) for line in helped.stdout.splitlines()) <= 100
