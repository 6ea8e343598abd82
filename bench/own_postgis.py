"""A PostGIS of a benchmark's own, empty or with one published release; gone with all its files when it is left."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from app.dev.private_postgres import PrivatePostgres
from app.sessions import writing
from app.sources.catalogue import get_dataset
from app.sources.outlines import store_layer
from boundaries.database import make_engine, migrate
from boundaries.sources.layers import read_layer


class OwnPostgis(NamedTuple):
    """A running server, the owner's address of its database with every table, and a folder beside it."""

    server: PrivatePostgres
    url: str
    folder: Path


@contextmanager
def own_postgis(*, throwaway: bool = True) -> Iterator[OwnPostgis]:
    """Give a PostGIS with every table and no rows; one that is thrown away waits for no disk."""
    with tempfile.TemporaryDirectory(prefix="bounds-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the server's own user must be able to pass
        server = PrivatePostgres(folder / "postgres", throwaway=throwaway)
        url = server.ensure_running()
        try:
            migrate(url)
            yield OwnPostgis(server, url, folder)
        finally:
            server.stop(force=True)


@contextmanager
def postgis_with(release: str, mirror: Path) -> Iterator[str]:
    """Give the address of a database that holds a release of the publishers' files."""
    dataset = get_dataset(release)
    with own_postgis() as own:
        with writing(make_engine(own.url, pool_size=0, statement_timeout_s=600)) as session:
            read = read_layer(mirror, dataset.layer, None)
            store_layer(session, dataset, read, mirror / dataset.path, partial=False)
        yield own.url
