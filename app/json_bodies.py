"""Says what JSON is taken: UTF-8, finite, not too deep, and with nothing that the database cannot store."""

from __future__ import annotations

import re

import numpy as np
import orjson

from app.problems import BadBody

MAX_JSON_DEPTH = 32
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def check_json(body: bytes) -> None:
    """Refuse what is not JSON in UTF-8 with finite numbers, at most MAX_JSON_DEPTH deep.

    Raises BadBody naming the character where reading stopped. Repeated keys: the last one wins.
    """
    try:
        # orjson refuses NaN, infinities, half surrogates, other encodings, and 1,024 levels.
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        said = f"the body is not JSON in UTF-8: {error.msg} (character {error.pos})"
        raise BadBody(said) from None
    # From here on every text is closed, so that taking them out is linear in the body's length.
    brackets = np.frombuffer(_TEXT.sub(b"", body).translate(None, _NO_BRACKETS), np.uint8)
    steps = np.where((brackets == ord("[")) | (brackets == ord("{")), 1, -1)
    deepest = int(np.cumsum(steps).max(initial=0))
    if deepest > MAX_JSON_DEPTH:
        raise BadBody(f"the body is nested {deepest} deep; at most {MAX_JSON_DEPTH} is taken")
    if _NUL.search(body):
        raise BadBody("the body holds the character NUL, which cannot be stored")
