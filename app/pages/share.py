"""What a page offers to be passed on: its link, a frame for other sites' pages, and a paragraph to paste."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import escape

FRAME_WIDTH, FRAME_HEIGHT = 640, 720


@dataclass(frozen=True)
class Share:
    """link : the page's whole address; frame : HTML of an iframe, empty where there is none; paragraph : plain text."""

    link: str
    frame: str
    paragraph: str


def share_of(
    base_url: str, page: str, title: str, paragraph: str, source: str, *, embed: str = ""
) -> Share:
    """Write what a page passes on.

    page, embed : paths with what they ask for; embed empty: the page has no piece for frames.
    source : the edition and day that the paragraph rests on.
    """
    link = base_url + page
    frame = ""
    if embed:
        frame = (
            f'<iframe src="{escape(base_url + embed)}" title="{escape(title)}" width="{FRAME_WIDTH}" '
            f'height="{FRAME_HEIGHT}" loading="lazy"></iframe>'
        )
    return Share(link, frame, f"{paragraph} Source: {source}, by Bounds, {link}")
