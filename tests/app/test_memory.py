"""Freed memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

from boundaries.database import REPOSITORY

PROGRAM = """
from pathlib import Path
from app.memory import give_back_memory

def held_mb():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1000

before = held_mb()
kept = [bytes(2_000) for _ in range(100_000)]
last = bytes(2_000)  # stands at the top of the heap, so that nothing below it is given back by itself
full = held_mb()
kept.clear()
assert give_back_memory()
print(before, full, held_mb())
"""


def test_what_was_freed_is_given_back_to_the_system() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    before, full, after = (float(word) for word in done.stdout.split())
    assert full > before + 180
    assert after < before + 30


SERVED = """
import threading, time
from app.memory import Trimming, keep_arenas_few, own_bytes
from app.request_counts import RequestCounts

assert keep_arenas_few()
trimming = Trimming(RequestCounts(), looked_at_s=0.05)
trimming.start()
full = []

def work():
    kept = [bytes(2_000) for _ in range(100_000)]
    full.append(own_bytes())
    return kept[-1:]

left = []
before = own_bytes()
threads = [threading.Thread(target=lambda: left.append(work())) for _ in range(4)]
for each in threads:
    each.start()
    each.join()
began = time.monotonic()
while own_bytes() > before + 40_000_000 and time.monotonic() < began + 20:
    time.sleep(0.05)
trimming.stop()
print(before / 1e6, max(full) / 1e6, own_bytes() / 1e6)
"""


def test_a_service_that_grew_is_small_again_by_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVED], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    before, full, after = (float(word) for word in done.stdout.split())
    assert full > before + 180
    assert after < before + 40


LOADED = """
import asyncio, gc
from pathlib import Path
from sqlalchemy import create_engine
from app.main import create_app
from app.settings import Settings

async def begin():
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    app = create_app(Settings(data_dir=Path("none")), engine)
    loaded = len(gc.get_objects())
    async with app.router.lifespan_context(app):
        print(loaded, len(gc.get_objects()))

asyncio.run(begin())
"""


def test_what_is_loaded_before_a_service_begins_is_not_gone_through() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    loaded, looked_through = (int(word) for word in done.stdout.split())
    assert loaded > 100_000
    assert looked_through < loaded / 10


KEPT = """
import gc, time
from app.memory import Trimming
from app.request_counts import RequestCounts

trimming = Trimming(RequestCounts(), looked_at_s=2)  # looks when all of it is there
trimming.start()
kept = [[n, str(n)] for n in range(300_000)]
began = time.monotonic()
while gc.get_freeze_count() < 300_000 and time.monotonic() < began + 20:
    time.sleep(0.05)
trimming.stop()
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_what_a_service_keeps_is_not_gone_through_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", KEPT], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    settled, looked_through = (int(word) for word in done.stdout.split())
    assert settled >= 300_000
    assert looked_through < 10_000


ASKED = """
import gc, time
from app.memory import Trimming
from app.request_counts import RequestCounts

collected_at = []
gc.callbacks.append(lambda phase, told: collected_at.append(time.monotonic()) if phase == "stop" else None)
gc.disable()
counts = RequestCounts()
counts.begin()
trimming = Trimming(counts, looked_at_s=0.05)
trimming.start()
kept = [[n, str(n)] for n in range(300_000)]
time.sleep(1)
ended_at = time.monotonic()
counts.end()
while not collected_at and time.monotonic() < ended_at + 20:
    time.sleep(0.01)
trimming.stop()
print(collected_at[0] - ended_at)
"""


def test_nobody_who_is_being_answered_waits_for_the_collector() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    assert float(done.stdout) > 0


POOLED = """
from pathlib import Path
from app.main import create_app
from app.settings import Settings
from boundaries.database import make_engine

create_app(Settings(data_dir=Path(".")), make_engine("postgresql+psycopg://nobody@/nothing"))
import pyarrow

print(pyarrow.default_memory_pool().backend_name)
"""


def test_a_service_keeps_nothing_of_arrows_aside() -> None:
    done = subprocess.run(
        [sys.executable, "-c", POOLED], cwd=REPOSITORY, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["system"]
