"""Puts finished texts together as answers: one place, so that door and routes say the same to the byte."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import orjson

from app.ogc.asking import Question
from app.ogc.describing import feature_links, page_links
from app.ogc.queries import Page
from app.ogc.statements.collections import About, Collection

GEOJSON = "application/geo+json"
#: a release may be taken back within minutes; records change whenever somebody saves
KEPT_FOR = "public, max-age=300"


def page_body(page: Page, about: About, question: Question, base: str) -> bytes:
    """Write a page of features, whose texts are joined and not read."""
    links = page_links(about, question, base, page.following)
    head = orjson.dumps(
        {
            "type": "FeatureCollection", "numberMatched": page.matched,
            "numberReturned": len(page.texts), "attribution": about.attribution,
            "license": about.licence, "links": links,
        }
    )  # fmt: skip
    texts = b",\n".join(text if isinstance(text, bytes) else text.encode() for text in page.texts)
    return b"".join((head[:-1], b',"features":[', texts, b"]}"))


def feature_body(text: bytes, about: About, base: str, key: str, asked: Mapping[str, str]) -> bytes:
    """Write one feature with its source, licence and links behind what is finished."""
    tail = orjson.dumps(
        {
            "attribution": about.attribution, "license": about.licence,
            "links": feature_links(about, base, key, asked),
        }
    )  # fmt: skip
    return text[:-1] + b"," + tail[1:]


def headers_of(found: Collection, question: Question, form: str, base: str) -> dict[str, str]:
    """Tag an answer by all that it follows from: the state of the data, the question, the address of this service."""
    written = repr(
        (
            found.stamp,
            found.about.id,
            sorted(question.asked.items()),
            form,
            base,
            question.next_limit,
        )
    )
    return {
        "ETag": f'"{hashlib.sha256(written.encode()).hexdigest()[:32]}"',
        "Cache-Control": KEPT_FOR, "Vary": "Accept", "Content-Crs": f"<{question.system.uri}>",
        "Access-Control-Expose-Headers": "Content-Crs, ETag, Link",
    }  # fmt: skip
