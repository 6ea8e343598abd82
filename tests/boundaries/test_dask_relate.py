"""A Dask cluster of real processes gives what the database's own comparison gives, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text

from app.sessions import reading, writing
from boundaries import dask_relate
from boundaries.dask_relate import SchedulerUnreachable, cut, dask_cluster, relate_on
from boundaries.methods.relations import Related, relate
from boundaries.overlaps import compute_overlaps
from boundaries.queries import layer_on

if TYPE_CHECKING:
    from distributed import Client

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture(scope="module")
def cluster_of_two() -> Iterator[Client]:
    with dask_cluster(None, workers=2) as client:
        yield client


def squares(side: int, size: float, shift: float = 0.0) -> Any:
    """A board of squares, each a little off a grid so that no border is another's by chance."""
    at = np.arange(side) * size + shift
    x, y = np.meshgrid(at, at)
    return shapely.box(x.ravel(), y.ravel(), (x + size).ravel(), (y + size).ravel())


def same(one: Related, other: Related) -> None:
    assert one.a.tolist() == other.a.tolist()
    assert one.b.tolist() == other.b.tolist()
    assert one.relation.tolist() == other.relation.tolist()
    # In other company sums are added in another order: 3e-13 of an area (shared_ground.common_areas).
    assert one.overlap_m2 == pytest.approx(other.overlap_m2, rel=1e-11, abs=1e-6)


def test_a_cluster_relates_as_one_process_does(cluster_of_two: Client) -> None:
    a, b = squares(40, 100.0), squares(12, 333.0, shift=7.0)
    told: list[float] = []
    found = relate_on(cluster_of_two)(a, b, 4.0, progress=told.append)
    same(found, relate(a, b, 4.0))
    assert len(found.a) > 1600
    assert told[-1] == 1.0


def test_every_area_lies_in_one_piece_with_all_that_it_meets() -> None:
    a, b = squares(20, 10.0), squares(7, 30.0, shift=-5.0)
    pieces = cut(a, b)
    assert sorted(np.concatenate([piece.at_b for piece in pieces]).tolist()) == list(range(len(b)))
    met = {(x, y) for piece in pieces for x in piece.at_a.tolist() for y in piece.at_b.tolist()}
    whole = relate(a, b)
    assert set(zip(whole.a.tolist(), whole.b.tolist(), strict=True)) <= met


def test_sets_without_areas_or_apart_have_nothing_to_share(cluster_of_two: Client) -> None:
    far = squares(2, 10.0, shift=1e6)
    for a, b in ((squares(2, 10.0), far), (far[:0], far)):
        same(relate_on(cluster_of_two)(a, b, 1.0), relate(a, b, 1.0))


def test_a_worker_killed_on_the_way_changes_nothing(
    cluster_of_two: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_relate, "LEAST_PIECES", 60)
    a, b = squares(60, 100.0), squares(20, 303.0, shift=11.0)
    killed: list[int] = []
    lock = threading.Lock()

    def kill(share: float) -> None:
        with lock:
            if not killed and share < 1:
                pid = next(iter(cluster_of_two.run(os.getpid).values()))
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    found = relate_on(cluster_of_two)(a, b, 2.0, progress=kill)
    assert killed
    same(found, relate(a, b, 2.0))


def test_the_kept_table_is_the_same_whichever_engine_made_it(
    demo_engine: Engine, cluster_of_two: Client
) -> None:
    rows = text(
        'SELECT * FROM "overlaps" WHERE release_a = :a AND release_b = :b ORDER BY code_a, code_b'
    )
    with reading(demo_engine) as session:
        releases = [
            layer_on(session, kind, date(2025, 6, 1), demo=True).id for kind in ("lsoa", "wd")
        ]
    kept = []
    for way in (relate, relate_on(cluster_of_two)):
        with writing(demo_engine) as session:
            made = compute_overlaps(session, releases[0], releases[1], relate_with=way)
            assert not made.was_there
            ids = {"a": asdict(made)["release_a"], "b": asdict(made)["release_b"]}
            kept.append(session.execute(rows, ids).all())
            session.rollback()
    assert len(kept[0]) > 40
    for one, other in zip(*kept, strict=True):
        numbers = [(x, y) for x, y in zip(one, other, strict=True) if isinstance(x, float)]
        assert [x for x in one if not isinstance(x, float)] == [
            y for y in other if not isinstance(y, float)
        ]
        assert [x for x, _ in numbers] == pytest.approx(
            [y for _, y in numbers], rel=1e-11, abs=1e-6
        )


def test_a_scheduler_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_relate, "CONNECT_S", 0.3)
    with (
        pytest.raises(SchedulerUnreachable, match="no Dask scheduler"),
        dask_cluster("tcp://127.0.0.1:1"),
    ):
        pass
