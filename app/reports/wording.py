"""The few words that papers and answers need beside app.findings.words."""

from __future__ import annotations

from typing import Any


def percent(part: int | None, whole: int | None) -> float | None:
    """Give a share in per cent with two decimals; None where a figure is missing or the whole is 0."""
    if part is None or not whole:
        return None
    return round(100 * part / whole, 2)


def edition_name(index_id: str) -> str:
    """Shorten an index id for tables: "imd-2019" and "imd-2019-demo" are "IMD 2019"."""
    family, _, rest = index_id.partition("-")
    return f"{family.upper()} {rest.partition('-')[0]}".strip()


def kind_words(kind: str) -> str:
    """Write a kind of service as words: "gp-practice" is "GP practice"."""
    words = kind.replace("childrens", "children’s").split("-")
    return " ".join("GP" if word == "gp" else word for word in words)


def in_columns(licences: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Part licences into two columns of about one height, in their order; a long list is parted inside.

    The height is that of the letters: a licence whose sources are more than half of all is said again
    at the head of the second column.
    """
    parts = [
        {"licence": each["licence"], "entries": [entry]} for each in licences for entry in each["entries"]
    ]  # fmt: skip
    sizes = [sum(len(str(text)) for text in part["entries"][0].values()) + 40 for part in parts]
    columns: list[list[dict[str, Any]]] = [[], []]
    reached = 0
    for part, size in zip(parts, sizes, strict=True):
        column = columns[0 if reached + size / 2 <= sum(sizes) / 2 else 1]
        reached += size
        if column and column[-1]["licence"] == part["licence"]:
            column[-1]["entries"].extend(part["entries"])
        else:
            again = not column and bool(columns[0]) and columns[0][-1]["licence"] == part["licence"]
            column.append(
                {"licence": part["licence"], "entries": list(part["entries"]), "again": again}
            )
    return [column for column in columns if column]


def first_of(names: list[str], most: int = 8) -> str:
    """Write some names with commas, and how many more there are beyond `most`."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
