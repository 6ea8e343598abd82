"""Who may make, start and stop a private cluster, and who uses it: two locked files in its home."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.dev.postgres_processes import PostgresFailed

PATIENCE_S = 60.0


@contextmanager
def locked(home: Path, *, patience_s: float = PATIENCE_S) -> Iterator[int]:
    """Hold `<home>/.lock` inside the block; gives its descriptor, for a child that must hold on too.

    Raises PostgresFailed where another will not let go.
    """
    path = home / ".lock"
    descriptor = _open(path)
    try:
        deadline = time.monotonic() + patience_s
        while not _take(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
                raise PostgresFailed(
                    f"another `bounds db` command has held {path} for {patience_s:.0f} s"
                    f" (pid {holder})"
                )
            time.sleep(0.02)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
        yield descriptor
    finally:
        os.close(descriptor)


class UsersLock:
    """Our share in `<home>/.users`, which every process using the cluster holds.

    The kernel takes it back from a killed process too, so whoever gets the whole is the last user.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / ".users"
        self._descriptor: int | None = None
        self._holder_pid = 0

    @property
    def is_held(self) -> bool:
        """True in the process that took the share, and not in its forks."""
        return self._descriptor is not None and self._holder_pid == os.getpid()

    def hold(self) -> None:
        """Take our share; again is harmless. Only inside `locked`."""
        if not self.is_held:
            self._descriptor = _open(self._path)
            self._holder_pid = os.getpid()
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def is_used_by_others(self) -> bool:
        """Say whether any other process holds a share. Only inside `locked`."""
        descriptor = self._descriptor if self.is_held else None
        mine = _open(self._path) if descriptor is None else descriptor
        try:
            return not _take(mine, fcntl.LOCK_EX)
        finally:
            if descriptor is None:
                os.close(mine)
            else:
                # Trying for the whole lock gives up the share, whether it was got or not.
                fcntl.flock(mine, fcntl.LOCK_SH)

    def let_go(self) -> None:
        """Give up our share."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except PermissionError as error:
        raise PostgresFailed(f"{path.parent} belongs to another user") from error


def _take(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
