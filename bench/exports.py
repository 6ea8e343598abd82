"""What files of all England's small areas cost a server in memory and time, and minutes of mixed questions.

`python -m bench.exports URL` asks for every kind of file over HTTP from a database that holds `lsoa-2011-12-bgc`, and
watches the server's private memory (/proc) while it answers; then it asks mixed questions for some minutes
(`--minutes`, 10) over four connections and prints errors, answers a second and the memory minute by minute.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

from app.ogc.forms import FORMS
from bench.features import RELEASE, keys_and_boxes
from bench.processes import family, running, settle
from bench.serving import SERVER, free_port

MOST_PRIVATE_MB = 400.0
#: seconds that a file may take on a quiet machine
BARS_S = {"gpkg": 40.0, "geojson": 10.0}
CONNECTIONS = 4  # one fewer than a process keeps to the database
#: growth of private memory that is noise, after the first minute
MOST_GROWTH_MB = 20.0


def private_mb(pids: list[int]) -> float:
    """Add up the memory of processes that is in no file, in megabytes.

    Pages of a mapped file that one process alone has read count as private too (`Private_Clean`): the system
    takes them back when it likes, and a second worker shares them.
    """
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))
    return total / 1024


class Watch:
    """Looks at the private memory of a server ten times a second and keeps the most."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self.most_mb = 0.0
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_of: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.1):
            self.most_mb = max(self.most_mb, private_mb(family(self._pid)))


@contextmanager
def served(url: str) -> Iterator[tuple[int, str]]:
    """Serve the database at `url` until the block ends: process and address of the features."""
    with tempfile.TemporaryDirectory(prefix="bounds-bench-") as folder:
        port = free_port()
        # Programs follow the links, so that these have to lead here.
        own = 'data_dir=Path(sys.argv[2]), base_url="http://127.0.0.1:" + sys.argv[3]'
        script = SERVER.replace("data_dir=Path(sys.argv[2])", own)
        command = [sys.executable, "-c", script, url, folder, str(port)]
        with running(command, port, {}) as server:
            address = f"http://127.0.0.1:{port}"
            items = f"{address}/ogc/collections/{RELEASE}/items"
            httpx.get(f"{items}?limit=1", timeout=120).raise_for_status()
            time.sleep(4)
            settle(server)
            yield server, address


def measure_files(server: int, address: str) -> bool:
    """Ask for each kind of file of all England's small areas; whether memory and time stayed below the bars."""
    met = True
    with httpx.Client(timeout=300) as client:
        for form in FORMS:
            began, size = time.perf_counter(), 0
            query = f"f={form}" + ("&crs=EPSG:27700" if form == "gpkg" else "")
            with Watch(server) as watch:
                asked = f"{address}/ogc/collections/{RELEASE}/items?{query}"
                with client.stream("GET", asked, headers={"Accept-Encoding": "identity"}) as answer:
                    answer.raise_for_status()
                    first_s = None
                    for part in answer.iter_raw():
                        first_s = first_s or time.perf_counter() - began
                        size += len(part)
            took = time.perf_counter() - began
            good = watch.most_mb < MOST_PRIVATE_MB and took < BARS_S.get(form, 60.0)
            met = met and good
            print(
                f"{form}: {size / 1e6:.1f} MB in {took:.1f} s (first byte {first_s or 0:.1f} s), private memory"
                f" {watch.most_mb:.0f} MB at most: {'met' if good else 'MISSED'}"
            )
    return met


def questions(codes: list[str], boxes: list[str]) -> list[Callable[[random.Random], str]]:
    """What is asked, each as often as it stands here."""
    own = f"/ogc/collections/{RELEASE}"

    def tile(draw: random.Random) -> str:
        z = draw.randint(6, 12)
        x, y = draw.uniform(0.492, 0.5015), draw.uniform(0.322, 0.336)
        return f"/ogc/collections/lsoa/tiles/WebMercatorQuad/{z}/{int(y * 2**z)}/{int(x * 2**z)}"

    return [
        lambda draw: f"{own}/items/{draw.choice(codes)}",
        lambda _: f"{own}/items?limit=100",
        lambda _: f"{own}/items?limit=1000&f=json",
        lambda draw: f"{own}/items?limit=1000&bbox={draw.choice(boxes)}",
        lambda draw: f"{own}/items?limit=50&filter=code%20%3E%20%27{draw.choice(codes)}%27&sortby=-name",
        lambda _: f"{own}/items?limit=20&crs=EPSG:27700&properties=name",
        lambda _: f"{own}/items?f=csv&limit=2000",
        lambda draw: f"{own}/items?f={draw.choice(list(FORMS))}&limit=5000",
        tile, tile,
        lambda draw: f"/api/v1/lookup/point?lon={draw.uniform(-3, 1):.5f}&lat={draw.uniform(51, 54):.5f}",
        lambda draw: f"/api/v1/areas/{draw.choice(codes)}",
        lambda _: "/ogc/collections/lsoa/items?limit=10",
        lambda _: "/ogc/collections",
    ]  # fmt: skip


def _told(answer: httpx.Response) -> str:
    if answer.status_code < 400:
        return str(answer.status_code)
    return f"{answer.status_code} {answer.url.path[:60]}: {answer.text[:160]}"


def measure_mixed(
    server: int, address: str, codes: list[str], boxes: list[str], minutes: float
) -> bool:
    """Ask mixed questions for some minutes; whether none failed and memory grew no more after the first minute."""
    statuses: Counter[str] = Counter()
    end = time.monotonic() + minutes * 60

    def ask(seed: int) -> None:
        draw, kinds = random.Random(seed), questions(codes, boxes)
        with httpx.Client(base_url=address, timeout=60) as client:
            while time.monotonic() < end:
                try:
                    answer = client.get(draw.choice(kinds)(draw))
                except httpx.HTTPError as problem:
                    statuses[type(problem).__name__] += 1
                else:
                    statuses[_told(answer)] += 1

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(CONNECTIONS)]
    for each in threads:
        each.start()
    seen: list[float] = []
    most = 0.0
    while time.monotonic() < end:
        with Watch(server) as watch:
            time.sleep(min(30.0, max(0.1, end - time.monotonic())))
        seen.append(private_mb(family(server)))
        most = max(most, watch.most_mb)
        print(
            f"  {sum(statuses.values()):>8} answers, private memory {seen[-1]:.0f} MB, {watch.most_mb:.0f} at most",
            flush=True,
        )
    for each in threads:
        each.join()
    after = seen[2:] or seen
    # A single reading is as much as 20 MB off from the next one: what trends, over all of them.
    trend = np.polyfit(np.arange(len(after)), after, 1)[0] if len(after) > 1 else 0.0
    growth = float(trend) * (len(after) - 1)
    wrong = {name: count for name, count in statuses.items() if name not in {"200", "204", "304"}}
    good = not wrong and growth < MOST_GROWTH_MB and most < MOST_PRIVATE_MB
    print(
        f"mixed questions for {minutes:g} minutes: {sum(statuses.values()) / minutes / 60:.0f} answers a second,"
        f" {sum(wrong.values())} wrong {wrong or ''}, growth after the first minute {growth:.0f} MB,"
        f" {most:.0f} MB at most: {'met' if good else 'MISSED'}"
    )
    return good


def main() -> int:
    """Measure; exit code 1 where a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="a database that holds England's small areas")
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    return 0 if measure(asked.url, asked.minutes) else 1


def measure(url: str, minutes: float) -> bool:
    """Ask for files, then mixed questions for so many minutes; whether every bar was met."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    codes, boxes = keys_and_boxes(plain)
    with served(plain.replace("postgresql://", "postgresql+psycopg://")) as (server, address):
        met = measure_files(server, address)
        return measure_mixed(server, address, codes, boxes, minutes) and met


if __name__ == "__main__":
    sys.exit(main())
