"""The notes on methods as pages: the files of docs/methods, with tables that scroll and links that lead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from boundaries.database import REPOSITORY
from boundaries.errors import NotFound

FOLDER = REPOSITORY / "docs" / "methods"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}", re.ASCII)
_EXAMPLE = re.compile(r"worked\s+example", re.IGNORECASE)


class UnknownMethod(NotFound):
    """There is no note on a method of that name; the ones there are stand on /methods."""

    slug = "unknown-method"
    title = "No such method"


@dataclass(frozen=True)
class MethodNote:
    """One note: its name in addresses, title, first paragraph, text as HTML, and whether it works an example."""

    name: str
    title: str
    says: str
    html: Markup
    has_example: bool


@cache
def list_notes() -> tuple[MethodNote, ...]:
    """Give every note by title; none where the service was installed without its docs."""
    found = [read_note(path.stem) for path in sorted(FOLDER.glob("*.md"))]
    return tuple(sorted(found, key=lambda note: note.title))


@cache
def read_note(name: str) -> MethodNote:
    """Read one note. Raises UnknownMethod with the names there are."""
    path = FOLDER / f"{name}.md"
    # The pattern alone keeps a name inside the folder.
    if not _NAME.fullmatch(name) or not path.is_file():
        known = ", ".join(sorted(each.stem for each in FOLDER.glob("*.md")))
        raise UnknownMethod(f"there is no note on {name[:60]!r}; there are {known}")
    written = path.read_text(encoding="utf-8")
    head, _, rest = written.partition("\n")
    title = head.removeprefix("# ").strip()
    first = next((part for part in rest.split("\n\n") if part.strip()), "")
    return MethodNote(
        name, title, _plain(first), Markup(note_html(rest, title)), _EXAMPLE.search(rest) is not None
    )  # fmt: skip


def note_html(written: str, title: str) -> str:
    """Turn a note's Markdown into HTML. Raw HTML in it is shown as text; a link leads to a note or to the list.

    A table is named by the heading that it stands under, and one whose head is empty has none.
    """
    from markdown_it import MarkdownIt  # at first use: no other page needs it

    reader: Any = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = _without_empty_heads(reader.parse(written))
    heading, tables = title, 0
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = _plain(tokens[at + 1].content)
        if token.type == "table_open":
            tables += 1
            token.meta["label"] = f"{heading}, table {tables}"
        if token.type == "th_open":
            token.attrs["scope"] = "col"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrs["href"] = _address(str(child.attrs["href"]))
    reader.renderer.rules |= {"table_open": _open_table, "table_close": _close_table}
    return str(reader.renderer.render(tokens, reader.options, {}))


def _without_empty_heads(tokens: list[Any]) -> list[Any]:
    """Leave out the heads that hold no word: a reader of headings would be told of nothing."""
    kept: list[Any] = []
    opened = None
    for token in tokens:
        kept.append(token)
        if token.type == "thead_open":
            opened = len(kept) - 1
        elif token.type == "thead_close" and opened is not None:
            if not any(each.content for each in kept[opened:] if each.type == "inline"):
                del kept[opened:]
            opened = None
    return kept


def _open_table(tokens: Any, at: int, *_: Any) -> str:
    label = Markup.escape(tokens[at].meta["label"])
    box = f'<div class="scroll" tabindex="0" role="region" aria-label="{label}">'
    return f'{box}<table>\n<caption class="unseen">{label}</caption>\n'


def _close_table(*_: Any) -> str:
    return "</table></div>\n"


def _address(written: str) -> str:
    """Lead from one note to another, and from a note to nowhere outside these pages but by its name."""
    name = written.removesuffix(".md")
    return f"/methods/{name}" if _NAME.fullmatch(name) else "/methods"


def _plain(written: str) -> str:
    """Drop the marks of Markdown from a sentence."""
    links = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", written)
    return " ".join(re.sub(r"[*`]", "", links).split())
