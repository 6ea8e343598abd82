"""The address that the service listens at is taken before any work is done."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import pytest

from app.cli import Opening
from app.places.commands import AddressTaken, claim_address
from app.settings import PUBLIC_RATE_LIMIT_PER_MIN, from_environment


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AddressTaken) as raised:
            claim_address("127.0.0.1", port)
    assert raised.value.detail == (
        f"cannot listen at 127.0.0.1 port {port}: Address already in use; choose another with --port"
    )


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressTaken):
        claim_address("192.0.2.1", 8000)  # kept for examples: no machine has it


def test_nobody_can_connect_before_the_server_listens() -> None:
    with (
        claim_address("127.0.0.1", 0) as claimed,
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(claimed.getsockname(), timeout=2),
    ):
        pass


def test_an_address_on_the_command_line_brings_the_rules_of_that_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # `bounds serve --host 0.0.0.0` in a container must take the container's name as Host, and
    # must not serve the world without a limit.
    monkeypatch.setenv("BOUNDS_PORT", "8123")
    with ExitStack() as stack:
        opening = Opening(from_environment({"BOUNDS_PORT": "8123"}), stack)
        public = opening.settings_at("0.0.0.0", None)
        assert not public.is_loopback
        assert public.rate_limit_per_min == PUBLIC_RATE_LIMIT_PER_MIN
        assert public.base_url == "http://0.0.0.0:8123"
        assert opening.settings_at(None, 8124).base_url == "http://127.0.0.1:8124"
        assert opening.settings_at(None, None) is opening.settings
