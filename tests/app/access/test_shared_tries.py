"""Failed sign-ins are counted together by every process over one data folder."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from app.access.shared_tries import FILE_NAME, SharedTries
from app.access.tries import MOST, MOST_ADDRESSES, REFILL_S

NOW = 1_800_000_000.0
OTHER = """
import sys
from pathlib import Path
from app.access.shared_tries import SharedTries
for _ in range(int(sys.argv[2])):
    SharedTries(Path(sys.argv[1])).failed("192.0.2.1", float(sys.argv[3]))
"""


def test_what_another_process_counted_counts_here(tmp_path: Path) -> None:
    here = SharedTries(tmp_path)
    for _ in range(4):
        here.failed("192.0.2.1", NOW)
    assert here.wait_s("192.0.2.1", NOW) == 0
    subprocess.run(
        [sys.executable, "-c", OTHER, str(tmp_path), str(MOST - 4), str(NOW)], check=True
    )
    # Ten in all: the next is free after half a minute; another address is not meant.
    assert here.wait_s("192.0.2.1", NOW) == REFILL_S
    assert here.wait_s("192.0.2.1", NOW + REFILL_S) == 0
    assert here.wait_s("192.0.2.2", NOW) == 0


def test_the_bucket_never_holds_more_than_ten_and_a_machine_started_again_forgives(
    tmp_path: Path,
) -> None:
    tries = SharedTries(tmp_path)
    tries.failed("a", NOW)
    late = NOW + 1000 * REFILL_S
    for _ in range(MOST):
        assert tries.wait_s("a", late) == 0
        tries.failed("a", late)
    assert tries.wait_s("a", late) == REFILL_S
    # Another process read the clock a moment before.
    assert tries.wait_s("a", late - 5) == REFILL_S
    # The clock began anew: what is of a time to come is of before.
    assert tries.wait_s("a", 60.0) == 0
    tries.failed("a", 60.0)
    for _ in range(MOST - 1):
        assert tries.wait_s("a", 60.0) == 0
        tries.failed("a", 60.0)
    assert tries.wait_s("a", 60.0) == REFILL_S


def test_no_address_stands_in_the_file_and_old_ones_leave_it(tmp_path: Path) -> None:
    tries = SharedTries(tmp_path)
    tries.failed("192.0.2.1", NOW)
    assert b"192.0.2.1" not in (tmp_path / FILE_NAME).read_bytes()
    with sqlite3.connect(tmp_path / FILE_NAME) as file:
        rows = [(f"x{n}", 1.0, NOW + n / 1e6) for n in range(MOST_ADDRESSES + 50)]
        file.executemany("INSERT INTO tries VALUES (?, ?, ?)", rows)
    tries.failed("192.0.2.3", NOW + 1)
    with sqlite3.connect(tmp_path / FILE_NAME) as file:
        assert file.execute("SELECT count(*) FROM tries").fetchone()[0] == MOST_ADDRESSES
    tries.failed("192.0.2.4", NOW + 2 * MOST * REFILL_S)
    with sqlite3.connect(tmp_path / FILE_NAME) as file:
        assert file.execute("SELECT count(*) FROM tries").fetchone()[0] == 1


def test_without_the_file_the_process_counts_for_itself(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database, but long enough to be looked at as one" * 40)
    tries = SharedTries(tmp_path)
    for _ in range(MOST):
        tries.failed("a", NOW)
    assert tries.wait_s("a", NOW) == REFILL_S
