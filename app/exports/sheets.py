"""A sheet: named columns of one kind each, rows, and perhaps a shape a row; what every writer here takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "whole", "number", "truth", "day"]


@dataclass(frozen=True)
class Sheet:
    """One layer or table of a file.

    Parameters
    ----------
    name : of the layer, plain letters and underscores.
    title : what it holds, for people.
    columns : (column, kind) in order; codes are text, whole numbers of any size are `whole`.
    rows : one mapping a row; a key that is absent or None is missing, never 0.
    shapes : one shapely geometry a row (British National Grid), or None for a table without shapes.
    shape_type : "Point" or "MultiPolygon", where there are shapes.
    """

    name: str
    title: str
    columns: tuple[tuple[str, Kind], ...]
    rows: Sequence[Mapping[str, Any]]
    shapes: Sequence[Any] | None = None
    shape_type: Literal["Point", "MultiPolygon"] | None = None

    def __post_init__(self) -> None:
        """Refuse a sheet whose shapes and rows do not go together."""
        if (self.shapes is None) != (self.shape_type is None):
            raise ValueError(f"sheet {self.name!r}: shapes and their type go together")
        if self.shapes is not None and len(self.shapes) != len(self.rows):
            raise ValueError(
                f"sheet {self.name!r} has {len(self.rows)} rows, {len(self.shapes)} shapes"
            )
