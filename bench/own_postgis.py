"""A PostGIS of a benchmark's own that holds one published release; gone with all its files when it is left."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.dev.private_postgres import PrivatePostgres
from app.sessions import writing
from app.sources.catalogue import get_dataset
from app.sources.outlines import store_layer
from boundaries.database import make_engine, migrate
from boundaries.sources.layers import read_layer


@contextmanager
def postgis_with(release: str, mirror: Path) -> Iterator[str]:
    """Give the address of a database that holds a release of the publishers' files."""
    dataset = get_dataset(release)
    with tempfile.TemporaryDirectory(prefix="bounds-bench-") as folder:
        Path(folder).chmod(0o755)  # the server's own user must be able to pass
        server = PrivatePostgres(Path(folder) / "postgres", throwaway=True)
        url = server.ensure_running()
        try:
            migrate(url)
            with writing(make_engine(url, pool_size=0, statement_timeout_s=600)) as session:
                read = read_layer(mirror, dataset.layer, None)
                store_layer(session, dataset, read, mirror / dataset.path, partial=False)
            yield url
        finally:
            server.remove()
