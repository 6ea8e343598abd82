"""Names the process that runs, so that another on the same machine can say that it runs no more."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


def own_name() -> str:
    """Name this process: its machine since its start, its number and when it began; empty where nobody could tell."""
    return name_of(os.getpid())


@cache
def name_of(number: int) -> str:
    """Name a process of this machine that runs."""
    machine, began = _machine(), _began(number)
    return f"{machine}:{number}:{began}" if machine and began else ""


def is_gone(name: str) -> bool:
    """Say whether a process of that name surely runs no more: it was of this machine, and is not there."""
    machine, _, rest = name.rpartition(":")[0].rpartition(":")
    began = name.rpartition(":")[2]
    if not rest.isdigit() or not machine or machine != _machine():
        return False
    return _began(int(rest)) != began


@cache
def _machine() -> str:
    """This machine since it was started, and the part of it whose processes are seen."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}".replace(":", "")
    except OSError:
        return ""


def _began(number: int) -> str:
    try:
        told = (_PROC / str(number) / "stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    state, *others = told.rpartition(")")[2].split()
    return "" if state == "Z" else others[18]
