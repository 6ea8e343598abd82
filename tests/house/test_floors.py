"""No version is locked, or allowed, for which a weakness is published that its next release mended."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.house.source import REPOSITORY

# The first version without any weakness that was published by the day this list was last looked through
# (2026-11), and the newest of them; of what is asked for directly the project's own floor must be as high.
FLOORS = {
    "brotli": ("1.2.0", "CVE-2025-6176: bombs"),
    "certifi": ("2024.7.4", "CVE-2024-39689: a root that was withdrawn"),
    "distributed": ("2026.1.1", "CVE-2026-23528: a page of the dashboard runs what it is sent"),
    "fastapi": ("0.109.1", "CVE-2024-24762: regular expression of form types"),
    "fonttools": ("4.60.2", "CVE-2025-66034: files written anywhere"),
    "h11": ("0.16.0", "CVE-2025-43859: chunks smuggled"),
    "idna": ("3.7", "CVE-2024-3651: quadratic names"),
    "jinja2": ("3.1.6", "CVE-2025-27516: out of the sandbox"),
    "mako": ("1.2.2", "CVE-2022-40023: regular expression"),
    "orjson": ("3.9.15", "CVE-2024-27454: depth"),
    "pillow": ("11.3.0", "CVE-2025-48379: overflow of a DDS"),
    "pyarrow": ("14.0.1", "CVE-2023-47248: pickles in files"),
    "pygments": ("2.15.0", "CVE-2022-40896: regular expression"),
    "pypdf": ("6.4.0", "CVE-2025-66019: memory of an LZW stream"),
    "python-multipart": ("0.0.27", "CVE-2026-40347: a slow form"),
    "requests": ("2.32.4", "CVE-2024-47081: .netrc sent elsewhere"),
    "starlette": ("1.5.1", "CVE-2025-62727, CVE-2026-48710, CVE-2026-54283: ranges, Host, form limits"),
    "tornado": ("6.6.0", "CVE-2025-67724 to 67726, CVE-2026-82397: headers, bodies of many parts"),
    "urllib3": ("2.6.0", "CVE-2025-66471: bombs"),
    "weasyprint": ("70.0", "CVE-2026-55073: addresses fetched"),
    "werkzeug": ("3.1.4", "CVE-2025-66221: names of devices"),
    "zipp": ("3.19.1", "CVE-2024-5569: a loop without end"),
}  # fmt: skip


def locked() -> dict[str, list[Version]]:
    text = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    found: dict[str, list[Version]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s\\;]+)", text, re.MULTILINE):
        found.setdefault(name.lower(), []).append(Version(version))
    return found


def asked_for() -> dict[str, Requirement]:
    project: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    every = project["dependencies"] + [
        each for extra in project["optional-dependencies"].values() for each in extra
    ]
    return {Requirement(each).name.lower(): Requirement(each) for each in every}


@pytest.mark.parametrize("name", FLOORS)
def test_what_is_locked_is_not_below_its_floor(name: str) -> None:
    versions = locked()[name]
    assert min(versions) >= Version(FLOORS[name][0]), FLOORS[name][1]


@pytest.mark.parametrize("name", sorted(set(FLOORS) & set(asked_for())))
def test_what_is_asked_for_cannot_be_met_below_its_floor(name: str) -> None:
    least = [Version(each.version) for each in asked_for()[name].specifier if each.operator == ">="]
    assert least, f"{name} has no floor in pyproject.toml"
    assert max(least) >= Version(FLOORS[name][0]), FLOORS[name][1]


def test_every_dependency_has_a_floor_and_is_locked() -> None:
    for name, requirement in asked_for().items():
        assert any(each.operator == ">=" for each in requirement.specifier), name
        assert name in locked()
