"""The bill of materials lists what the lock files hold, and nothing under a licence that is not allowed."""

from __future__ import annotations

import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app import cli
from app.dev.licences import is_allowed, licence_of
from app.dev.sbom import bill_of_materials, licence_in

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return bill_of_materials()


def test_every_locked_package_is_listed_once_with_its_hashes(bill: dict[str, Any]) -> None:
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([\w.-]+==[^\s\\]+)", lock, re.MULTILINE))
    browser = json.loads((REPOSITORY / "package-lock.json").read_bytes())["packages"]
    python = [c for c in bill["components"] if c["purl"].startswith("pkg:pypi/")]
    assert {f"{c['name']}=={c['version']}" for c in python} == locked
    assert len(bill["components"]) == len(locked) + len(browser) - 1
    assert len({c["bom-ref"] for c in bill["components"]}) == len(bill["components"])
    assert all(c["hashes"] for c in bill["components"])
    hashes = {each["content"] for c in python for each in c["hashes"]}
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", lock))


def test_every_licence_is_known_and_allowed(bill: dict[str, Any]) -> None:
    # What is locked for another system or Python is not installed here, and says so.
    unknown = [
        c["name"] for c in bill["components"] if not licence_in(c) and c["scope"] == "required"
    ]
    assert unknown == [], "say its licence in app/dev/licences.py, as its own files do"
    refused = {
        c["name"]: licence
        for c in bill["components"]
        if (licence := licence_in(c)) and not is_allowed(licence)
    }
    assert refused == {}, "a licence that may not be depended on"


@pytest.mark.parametrize(
    ("expression", "is_one"),
    [
        ("MIT", True), ("AGPL-3.0-only", False), ("MIT AND GPL-3.0-only", False), ("MIT OR GPL-3.0-only", True),
        ("MPL-2.0 AND (Apache-2.0 OR GPL-2.0-only)", True), ("(MIT", False), ("MIT)", False), ("", False),
        ("MIT AND", False), ("GPL-2.0-or-later OR LGPL-2.1-or-later", True),
    ],
)  # fmt: skip
def test_an_expression_is_met_by_licences_that_are_allowed(expression: str, is_one: bool) -> None:
    assert is_allowed(expression) is is_one


def test_what_a_package_says_is_read_and_what_it_does_not_say_is_not_guessed() -> None:
    said = distribution("starlette").metadata
    assert licence_of("starlette", said) == "BSD-3-Clause"
    del said["License-Expression"], said["Classifier"], said["License"]
    assert licence_of("nobody", said) is None


def test_the_command_writes_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    for path in (first, second):
        assert CliRunner().invoke(cli.app, ["sbom", "-o", str(path)]).exit_code == 0
    assert first.read_bytes() == second.read_bytes()
    written = json.loads(first.read_bytes())
    assert (written["bomFormat"], written["specVersion"]) == ("CycloneDX", "1.6")
    lines = CliRunner().invoke(cli.app, ["sbom", "--table"]).stdout.splitlines()
    assert len(lines) == len(written["components"])
    assert any(re.fullmatch(r"starlette\t[\d.]+\tBSD-3-Clause", line) for line in lines)
