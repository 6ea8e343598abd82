"""The database's own type of a box, for places that are looked up without reading an outline; computes nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType


class Box(UserDefinedType[Any]):
    """The database's own box: two corners, 32 bytes in the row, an index that needs no outline."""

    cache_ok = True

    def get_col_spec(self, **_asked: Any) -> str:
        """Name the type in SQL."""
        return "box"


ischema_names["box"] = Box  # so that a database is compared with these tables
