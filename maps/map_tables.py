"""The table beside a map: the same rows, in the same order, with every figure the map shows.

Tables are made from the layers themselves, so a figure cannot stand on the map without standing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from maps.layers import Layer

# Outlines are tabled where they have something to say: the councils' own have no fields.
_TABLED = ("neighbourhood", "choropleth", "point", "outline")


@dataclass(frozen=True)
class MapTable:
    """A table as plain text cells; `codes` (one per row, may be empty) tie rows to shapes.

    Raises ValueError when a row has another number of cells than there are headings.
    """

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    codes: tuple[str, ...] = ()
    table_id: str = ""

    def __post_init__(self) -> None:
        """Refuse ragged rows."""
        if any(len(row) != len(self.headings) for row in self.rows):
            raise ValueError(f"table {self.caption!r}: a row has another number of cells")
        if self.codes and len(self.codes) != len(self.rows):
            raise ValueError(f"table {self.caption!r}: one code per row, or none")


def tables_of(layers: Sequence[Layer]) -> list[MapTable]:
    """Make one table per layer of neighbourhoods, areas and amounts, in that order.

    Columns: the label on the map where there is one, name, band (areas), then the layer's fields.
    """
    made: list[MapTable] = []
    for role in _TABLED:
        for layer in layers:
            if layer.role != role or (role == "outline" and not layer.fields):
                continue
            with_label, with_band = any(layer.labels), role == "choropleth"
            headings = [
                *(["On the map"] if with_label else []),
                "Name",
                *(["Band"] if with_band else []),
                *(heading for _, heading in layer.fields),
            ]
            rows = tuple(
                tuple(
                    ([layer.labels[n].replace("\n", " ")] if with_label else [])
                    + [layer.names[n]]
                    + ([layer.row_classes[n].label] if with_band else [])
                    + [text for _, text in layer.shown_fields[n]]
                )
                for n in range(len(layer.frame))
            )
            codes = tuple(layer.codes) if role == "choropleth" else ()
            made.append(MapTable(layer.name, tuple(headings), rows, codes, f"table-{len(made)}"))
    return made


def table_html(table: MapTable) -> Markup:
    """Write a table as HTML in a box that scrolls sideways by keyboard too; everything escaped.

    A column whose every cell starts like a number, an amount or an en dash is set to the right.
    """
    right = [
        bool(table.rows) and all(_is_number(row[n]) for row in table.rows)
        for n in range(len(table.headings))
    ]
    head = "".join(
        f'<th scope="col"{_CLASS[numeric]}>{escape(words)}</th>'
        for words, numeric in zip(table.headings, right, strict=True)
    )
    body = []
    for n, row in enumerate(table.rows):
        code = f' data-code="{escape(table.codes[n])}"' if table.codes else ""
        cells = "".join(
            f"<td{_CLASS[numeric]}>{escape(cell)}</td>"
            for cell, numeric in zip(row, right, strict=True)
        )
        body.append(f"<tr{code}>{cells}</tr>")
    ident = f' id="{escape(table.table_id)}"' if table.table_id else ""
    return Markup(
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.caption)}">'
        f"<table{ident}><caption>{escape(table.caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


_CLASS = {True: ' class="num"', False: ""}


def _is_number(cell: str) -> bool:
    return not cell or cell[:1] in "0123456789\u00a3\u2013-+"
