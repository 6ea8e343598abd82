"""Relates two sets of areas on a Dask cluster, piece by piece; the answer is that of `relate`, whoever computes it.

Pieces are neighbours along a Hilbert curve with all that they can meet, so that each is related by itself; they
travel with their task, so that a worker that dies takes nothing along that its successor needs. Refuses a cluster
that does not answer.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.errors import Unavailable
from boundaries.methods.relations import Related, relate

if TYPE_CHECKING:
    from distributed import Client

# Pieces of this size are small beside what a worker holds, and many beside the workers.
PIECE_BYTES = 2_000_000
LEAST_PIECES = 16
CONNECT_S = 10
RETRIES = 3
Relate = Callable[..., Related]


class DaskMissing(Unavailable):
    """Dask is an optional extra: install `distributed`, or leave out `--engine dask`."""

    slug = "dask-missing"
    title = "Dask is not installed"


class SchedulerUnreachable(Unavailable):
    """No Dask scheduler answers at that address."""

    slug = "scheduler-unreachable"
    title = "The Dask scheduler does not answer"


class Piece(NamedTuple):
    """Some areas of the one set with all of the other that their boxes meet: positions and outlines as WKB."""

    at_a: NDArray[np.intp]
    at_b: NDArray[np.intp]
    a: list[bytes]
    b: list[bytes]


@contextlib.contextmanager
def dask_cluster(scheduler: str | None, workers: int | None = None) -> Iterator[Client]:
    """Connect to a scheduler (`tcp://host:8786`), or without one begin processes of this machine's own.

    Raises DaskMissing, SchedulerUnreachable.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise DaskMissing("the package `distributed` is needed: pip install distributed") from error
    with contextlib.ExitStack() as closing:
        if scheduler is None:
            own = LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=workers, threads_per_worker=1, processes=True, silence_logs=40,
                # Their pages too are for this machine alone.
                host="127.0.0.1", dashboard_address="127.0.0.1:0", worker_dashboard_address="127.0.0.1:0",
            )  # fmt: skip
            closing.enter_context(own)
            scheduler = own.scheduler_address
        try:
            client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise SchedulerUnreachable(f"no Dask scheduler answers at {scheduler}") from error
        yield closing.enter_context(client)


def relate_on(client: Client) -> Relate:
    """Give a `relate` that works on a cluster: same arguments (threads are the cluster's matter), same answer."""

    def relate_there(
        a: Any,
        b: Any,
        tolerance_m: float = 0.0,
        *,
        threads: int = 1,
        progress: Callable[[float], None] | None = None,
    ) -> Related:
        from distributed import as_completed

        pieces = cut(np.asarray(a, dtype=object), np.asarray(b, dtype=object))
        if not pieces:
            return relate(a, b, tolerance_m, threads=threads, progress=progress)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")
            waiting = {
                client.submit(relate_piece, piece.a, piece.b, tolerance_m, pure=False, retries=RETRIES): piece
                for piece in pieces
            }  # fmt: skip
        found = []
        with client.as_current():
            for future in as_completed(waiting):  # type: ignore[no-untyped-call]
                piece, one = waiting[future], Related(*future.result())
                found.append(one._replace(a=piece.at_a[one.a], b=piece.at_b[one.b]))
                if progress is not None:
                    progress(len(found) / len(pieces))
        return joined(found)

    return relate_there


def relate_piece(a: list[bytes], b: list[bytes], tolerance_m: float) -> tuple[Any, ...]:
    """Relate one piece; runs on a worker."""
    return tuple(relate(shapely.from_wkb(a), shapely.from_wkb(b), tolerance_m))


def cut(a: NDArray[Any], b: NDArray[Any]) -> list[Piece]:
    """Cut two sets into pieces: each area of `b` is in one piece, with all of `a` that its box meets."""
    import geopandas as gpd  # not on the workers

    if not len(a) or not len(b):
        return []
    wkb_a, wkb_b = shapely.to_wkb(a), shapely.to_wkb(b)
    total = sum(map(len, wkb_a)) + sum(map(len, wkb_b))
    count = min(len(b), max(LEAST_PIECES, total // PIECE_BYTES))
    order = np.argsort(gpd.GeoSeries(b).hilbert_distance().to_numpy(), kind="stable")
    tree = shapely.STRtree(a)
    pieces = []
    for at_b in np.array_split(order, count):
        at_a = np.unique(tree.query(shapely.box(*shapely.bounds(b[at_b]).T))[1])
        if len(at_a):
            pieces.append(Piece(at_a, at_b, wkb_a[at_a].tolist(), wkb_b[at_b].tolist()))
    return pieces


def joined(found: list[Related]) -> Related:
    """Put the pieces' answers together, in the order of the whole."""
    columns = [np.concatenate([np.asarray(one[column]) for one in found]) for column in range(4)]
    order = np.lexsort((columns[1], columns[0]))
    return Related(*(column[order] for column in columns))
