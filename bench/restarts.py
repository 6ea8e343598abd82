"""How long readers wait while the database of a national service is restarted under them, and whether any read fails.

Six readers ask pages, look-ups and standard addresses of a running `bounds serve`, each as fast as it is answered;
PostgreSQL is then restarted as an operator would (`pg_ctl -m fast restart`), once at each turn. Beside the slowest
read stands how long the restart itself took: nobody can be answered by the database meanwhile.
Run as `python -m bench.restarts DATA_DIR` on a data folder with England in it, whose database runs.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import httpx

from app.dev.database_choice import private_postgres
from app.dev.postgres_binaries import find_binaries
from app.dev.postgres_processes import server_user
from app.dev.private_postgres import PrivatePostgres
from app.settings import Settings
from bench.lookup import questions
from bench.processes import running, settle
from bench.serving import free_port

READERS, TURNS = 6, 5
READ_FOR_S = 4.0
BAR_S = 2.0


class Readers:
    """Some who read without pause, each address in turn."""

    def __init__(self, port: int, addresses: list[str]) -> None:
        self._at = f"http://127.0.0.1:{port}"
        self._addresses = addresses
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=[n]) for n in range(READERS)]
        self.statuses: Counter[str] = Counter()
        self.failed: list[str] = []
        self.taken: list[tuple[float, str]] = []

    def start(self) -> None:
        """Begin to read."""
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """End after the answers under way."""
        self._stopping.set()
        for each in self._threads:
            each.join()

    def _read(self, first: int) -> None:
        turn = first * 7
        with httpx.Client(base_url=self._at, timeout=60) as client:
            while not self._stopping.is_set():
                turn += 1
                address = self._addresses[turn % len(self._addresses)]
                began = time.monotonic()
                try:
                    told = str(client.get(address).status_code)
                except httpx.HTTPError as error:
                    told = type(error).__name__
                self.taken.append((time.monotonic() - began, address))
                self.statuses[told] += 1
                if told != "200":
                    self.failed.append(address)


def run(data_dir: Path) -> bool:
    """Print each turn; say whether no read failed and the slowest of all came within the bar."""
    server = private_postgres(Settings(data_dir=data_dir))
    url, port = server.url(), free_port()
    addresses = [
        "/", "/api/v1/partnerships", "/api/v1/areas?type=lad&limit=5", "/api/v1/areas/E07000062",
        "/ogc/collections/lsoa/items?limit=10", *questions(url)["postcode"][:40], *questions(url)["point"][:40],
    ]  # fmt: skip
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    environment = {
        "BOUNDS_DATABASE_URL": url, "BOUNDS_DATA_DIR": str(data_dir), "BOUNDS_WORKERS": str(os.cpu_count()),
        "BOUNDS_LOG_LEVEL": "ERROR",  # what a server says is not read here
    }  # fmt: skip
    slowest, failed = [], 0
    with running(command, port, environment) as pid:
        for address in (
            addresses * 3
        ):  # each process has answered before: what is asked is the restart
            httpx.get(f"http://127.0.0.1:{port}{address}", timeout=120).raise_for_status()
        settle(pid)
        for turn in range(TURNS):
            readers = Readers(port, addresses)
            readers.start()
            time.sleep(READ_FOR_S / 2)
            before_s = max(seconds for seconds, _ in readers.taken)
            began = time.monotonic()
            _restart(server)
            restart_s = time.monotonic() - began
            time.sleep(READ_FOR_S / 2)
            readers.stop()
            seconds, address = max(readers.taken)
            wrong = len(readers.failed)
            slowest.append(seconds)
            failed += wrong
            print(
                f"turn {turn + 1}: {readers.statuses.total()} reads, {wrong} failed {readers.failed};"
                f" restart {restart_s:.2f} s; slowest read {seconds:.2f} s ({address}), before it {before_s:.2f} s"
            )
    is_met = failed == 0 and max(slowest) < BAR_S
    print(
        f"slowest of all {max(slowest):.2f} s, median of turns {statistics.median(slowest):.2f} s"
        f" (bar {BAR_S:.0f} s), {failed} failed: {'met' if is_met else 'MISSED'}"
    )
    return is_met


def _restart(server: PrivatePostgres) -> None:
    user = server_user()
    major = int((server.data / "PG_VERSION").read_text())
    program = find_binaries(None, needed_major=major).program("pg_ctl")
    command = [program, "-D", str(server.data), "-l", str(server.log), "-m", "fast", "-w", "-s"]
    done = user.run([*command, "restart"])
    if done.returncode != 0:
        raise RuntimeError(done.stderr)


if __name__ == "__main__":
    sys.exit(0 if run(Path(sys.argv[1])) else 1)
