"""Links from public pages to an editor's forms: for who is signed in and may change what stands there.

A page is made and kept once for everybody, with its links as marks. For a stranger they are taken out, so that
nobody can tell by a byte that somebody edits; who is signed in gets them as links, in an answer that nothing keeps.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from fastapi import Request
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.access.cookies import browser_secret, page_actor
from app.access.queries import Actor

ADMINISTRATORS = "-"
_MARK = re.compile(r"<!--desk (\S+) (\S+) ([^\n\t]*)\t([^\n\t]*?)-->")
_MAIN = re.compile(r'<main id="main"[^>]*>')
_BAR = 'class="desk-bar'


def desk_link(slug: str | None, address: str, words: str, of: str = "") -> Markup:
    """Mark where a link to a form goes, for editors of a partnership; for administrators alone where slug is None.

    of : what it is of, where that stands beside it already; said to who does not see that.
    """
    # What is escaped holds no ">", so that no name ends the mark.
    who = quote(slug or ADMINISTRATORS, safe="")
    return Markup("<!--desk {} {} {}\t{}-->").format(
        who, quote(address, safe="/?=&"), " ".join(words.split()), " ".join(of.split())
    )


def note_reader(request: Request, session: Session) -> None:
    """Note who reads a public page, where a browser says that it is signed in."""
    if browser_secret(request):
        request.state.page_actor = page_actor(request, session)


def reader_of(request: Request) -> Actor | None:
    """Who was noted; None for a stranger."""
    found: Actor | None = getattr(request.state, "page_actor", None)
    return found


def without_links(written: str) -> str:
    """Take the marks out of a page: as everybody sees it."""
    return _MARK.sub("", written)


def with_links(written: str, actor: Actor, bar: str) -> str:
    """Make links of the marks that this actor may follow, and put the desk's bar at the head of the page."""

    def link(found: re.Match[str]) -> str:
        of, address, words = found[1], found[2], found[3]
        words += f'<span class="unseen"> {found[4]}</span>' if found[4] else ""
        may = actor.is_administrator if of == ADMINISTRATORS else actor.may_edit(unquote(of))
        # The address and the words were escaped when the mark was made.
        return f'<a class="deskedit noprint" href="{address}">{words}</a>' if may else ""

    marked = _MARK.sub(link, written)
    if _BAR in marked:
        return marked
    return _MAIN.sub(lambda found: found[0] + bar, marked, count=1)


def own_page(path: str) -> str:
    """Name the partnership that a page's address is of; empty for a page of none."""
    parts = path.split("/")
    return parts[2] if len(parts) > 2 and parts[1] == "partnerships" else ""
