"""The folders of a private cluster, home and socket, and its spare room; each checked for owners."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
from pathlib import Path

from app.dev.postgres_processes import PostgresFailed, ServerUser

MIB = 1024 * 1024
# Freed by `bounds db start --emergency`, so that a full disk leaves room for recovery.
BALLAST_BYTES = 64 * MIB
ROOMY_BYTES = 8 * BALLAST_BYTES
SOCKET_NAME = ".s.PGSQL.5432"
# A socket's address is at most 104 bytes on macOS, 108 on Linux, its end mark included.
SOCKET_PATH_BYTES = 103


def make_home(home: Path, user: ServerUser, *, open_to_all: bool) -> None:
    """Make the home folder and see that the server's user can pass through it.

    `open_to_all` opens a private folder (mkdtemp's) so far as to let the server's user in.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        if open_to_all:
            home.chmod(0o755)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise PostgresFailed(f"may not make the folder {home}: {error.strerror}") from error
    if home.stat().st_uid != os.geteuid():
        raise PostgresFailed(f"{home} belongs to another user")
    if user.is_other and user.run(["test", "-x", str(home)]).returncode != 0:
        raise PostgresFailed(
            f"the user `{user.name}` cannot enter {home}; set BOUNDS_DATA_DIR to a folder outside"
            " /root"
        )


def give_to(user: ServerUser, path: Path) -> None:
    """Hand a path to the server's user where that is not ourselves."""
    if user.is_other:
        os.chown(path, user.uid, user.gid)


def make_socket_dir(home: Path, user: ServerUser, runtime_dir: Path | None) -> Path:
    """Make the socket's folder, ours alone; refuses links and other people's folders. Only while no server runs.

    Root: `/run`; a login session: its runtime folder; else `/tmp`, which also serves where the
    address of the socket would be too long.
    """
    mark = hashlib.sha256(os.fsencode(os.path.realpath(home))).hexdigest()[:12]
    folder = fallback = Path("/tmp") / f"bounds-{user.uid}-{mark}"
    if user.is_other and os.access("/run", os.W_OK):
        folder = Path("/run") / f"bounds-{mark}"
    elif runtime_dir and not user.is_other and is_private(runtime_dir, user.uid):
        folder = runtime_dir / f"bounds-{mark}"
    if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_BYTES:
        folder = fallback
    try:
        folder.mkdir(mode=0o700)
        give_to(user, folder)
    except FileExistsError:
        if not is_private(folder, user.uid):
            raise PostgresFailed(
                f"{folder} is a link, belongs to another user, or is open to others; remove it"
            ) from None
        _remove_socket(folder)
    return folder


def clear_socket_dir(folder: str, user: ServerUser) -> None:
    """Remove the socket and its lock from a folder of ours, and the folder itself."""
    if folder and is_private(Path(folder), user.uid):
        _remove_socket(Path(folder))
        with contextlib.suppress(OSError):  # something else in it: not ours to remove
            Path(folder).rmdir()


def _remove_socket(folder: Path) -> None:
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (folder / name).unlink(missing_ok=True)


def is_private(folder: Path, uid: int) -> bool:
    """Say whether `folder` is a true folder of `uid` that nobody else may enter."""
    try:
        seen = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == uid and not seen.st_mode & 0o077


def check_space(home: Path) -> None:
    """Raise PostgresFailed where the disk has less room than PostgreSQL needs to recover."""
    free = shutil.disk_usage(home).free
    if free < BALLAST_BYTES:
        raise PostgresFailed(
            f"{home} is on a disk with {free // MIB} MB left; PostgreSQL needs 64 MB to recover:"
            " free space, or run `bounds db start --emergency`"
        )


def write_ballast(home: Path) -> None:
    """Lay by 64 MiB of real blocks (a sparse file would free nothing when it is removed), unless they are."""
    if not hasattr(os, "posix_fallocate"):  # macOS
        return
    laid_by = home / "ballast"
    if laid_by.exists() and laid_by.stat().st_size == BALLAST_BYTES:
        return
    if shutil.disk_usage(home).free < ROOMY_BYTES:
        return  # after an emergency: not before there is room again
    descriptor = os.open(home / "ballast", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
    finally:
        os.close(descriptor)


def free_ballast(home: Path) -> None:
    """Give the laid-by room back to a full disk."""
    (home / "ballast").unlink(missing_ok=True)
