"""Gives memory that this process has freed back to the system; frees none itself."""

from __future__ import annotations

import ctypes


def give_back_memory() -> bool:
    """Return free pages to the system; says whether any were, False where the C library cannot.

    glibc keeps what threads have freed in their own arenas: after the outlines of the nation's small
    areas that is a gigabyte that the database, on the same machine, then lacks.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return False
    return bool(trim(0))
