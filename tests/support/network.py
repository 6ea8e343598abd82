"""Keeps a test run on this machine: sockets to anywhere else are refused."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def only_this_machine() -> Iterator[None]:
    """Refuse, inside the block, every connection but to local sockets and loopback addresses."""
    connect = socket.socket.connect
    connect_ex = socket.socket.connect_ex

    def connect_here(self: socket.socket, address: Any) -> None:
        _check(self, address)
        connect(self, address)

    def connect_ex_here(self: socket.socket, address: Any) -> int:
        _check(self, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        patch.setattr(socket.socket, "connect_ex", connect_ex_here)
        yield


def _check(opened: socket.socket, address: Any) -> None:
    if opened.family != socket.AF_UNIX and not _is_here(str(address[0])):
        raise PermissionError(f"a test tried to reach {address[0]}")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
