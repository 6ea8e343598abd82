"""A minute's worth of requests is counted by address and token, for all processes over one data folder."""

from __future__ import annotations

import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.rates import FILE_NAME, Rates, askers

OTHER = """
import sys
from pathlib import Path
from app.rates import Rates
rates = Rates(Path(sys.argv[1]), int(sys.argv[2]))
print(sum(rates.wait_s(["address 192.0.2.1"]) == 0 for _ in range(int(sys.argv[3]))))
"""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def two_a_minute(tmp_path: Path, clock: Callable[[], float]) -> Rates:
    return Rates(tmp_path, 2, clock)


def test_the_third_request_of_who_may_ask_twice_waits_and_another_is_served(
    two_a_minute: Rates, clock: Clock
) -> None:
    assert [two_a_minute.wait_s(["a"]) for _ in range(3)] == [0.0, 0.0, 30.0]  # one every 30 s
    assert two_a_minute.wait_s(["b"]) == 0.0
    clock.now += 29
    assert two_a_minute.wait_s(["a"]) == pytest.approx(1.0)
    clock.now += 1
    assert two_a_minute.wait_s(["a"]) == 0.0
    clock.now += 10_000  # no more than a minute's worth is saved up
    assert [two_a_minute.wait_s(["a"]) for _ in range(3)] == [0.0, 0.0, 30.0]


def test_neither_many_tokens_nor_many_addresses_ask_more(two_a_minute: Rates) -> None:
    assert [two_a_minute.wait_s(["address", f"token {n}"]) for n in range(3)] == [0.0, 0.0, 30.0]
    assert [two_a_minute.wait_s([f"at {n}", "one token"]) for n in range(3)] == [0.0, 0.0, 30.0]
    # Where one has none left, none is taken of the other.
    assert [two_a_minute.wait_s(["at 9"]) for _ in range(3)] == [0.0, 0.0, 30.0]


def test_all_processes_of_a_machine_count_together(tmp_path: Path) -> None:
    # So slow to refill that none comes back meanwhile, whatever the machine does beside.
    command = [sys.executable, "-c", OTHER, str(tmp_path), "60", "50"]
    began = time.monotonic()
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    served = sum(int(each.communicate()[0]) for each in running)
    refilled = int(time.monotonic() - began) + 1
    assert 60 <= served <= 60 + refilled


def test_a_machine_started_again_forgives_and_a_spoilt_file_is_made_anew(
    tmp_path: Path, clock: Clock
) -> None:
    rates = Rates(tmp_path, 2, clock)
    assert [rates.wait_s(["a"]) for _ in range(3)][-1] == 30.0
    clock.now = 5.0  # the clock counts from the start of the machine
    assert [Rates(tmp_path, 2, clock).wait_s(["a"]) for _ in range(2)] == [0.0, 0.0]
    (tmp_path / FILE_NAME).write_bytes(b"short")
    assert Rates(tmp_path, 2, clock).wait_s(["a"]) == 0.0


def test_no_address_stands_in_the_file_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    Rates(tmp_path, 2).wait_s(askers("192.0.2.77", "Bearer bounds_secret"))
    written = (tmp_path / FILE_NAME).read_bytes()
    assert b"192.0.2.77" not in written
    assert b"bounds_secret" not in written
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_many_askers_take_no_more_room_and_forget_the_longest_unheard(
    tmp_path: Path, clock: Clock
) -> None:
    rates = Rates(tmp_path, 2, clock)
    for _ in range(2):
        rates.wait_s(["first"])
    size = (tmp_path / FILE_NAME).stat().st_size
    for n in range(100_000):
        clock.now += 1e-6
        rates.wait_s([f"x{n}"])
    assert (tmp_path / FILE_NAME).stat().st_size == size
    assert rates.wait_s(["first"]) == 0.0


def test_a_folder_that_cannot_be_used_leaves_a_process_to_count_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    rates = Rates(tmp_path / "file" / "data", 2)
    assert [rates.wait_s(["a"]) == 0.0 for _ in range(3)] == [True, True, False]
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "elsewhere")
    assert Rates(tmp_path, 2).wait_s(["a"]) == 0.0
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("address", "sent", "named"),
    [
        ("192.0.2.1", "", ["address 192.0.2.1"]),
        ("::ffff:192.0.2.1", "", ["address 192.0.2.1"]),
        # A household has 2^64 of them, and is one asker.
        ("2001:db8:1:2:3:4:5:6", "", ["address 2001:db8:1:2::/64"]),
        ("testclient", "Basic eA==", ["address testclient"]),
        ("192.0.2.1", "bearer  x ", ["address 192.0.2.1", "token x"]),
        ("192.0.2.1", "Bearer ", ["address 192.0.2.1"]),
    ],
)
def test_who_asks_is_an_address_and_the_token_that_it_sends(
    address: str, sent: str, named: list[str]
) -> None:
    assert askers(address, sent) == named
