"""Says whether plain values from a file have the shape of values that we made; of what they say nothing is said."""

from __future__ import annotations

from typing import Any


def wrong_shape(given: Any, like: Any, at: str = "") -> str | None:
    """Name the first place at which plain values are not as others are: None where there is none.

    given : of a file. like : of our own making; where it has nothing (None, an empty list) anything plain will do.
    An object has every key that `like` has; each member of a list that of the first of `like`'s.
    """
    if isinstance(like, dict):
        return _wrong_object(given, like, at)
    if isinstance(like, list):
        if not isinstance(given, list):
            return f"{at or 'it'} is no list"
        inner = (
            wrong_shape(each, like[0], f"{at}/{n}") for n, each in enumerate(given if like else ())
        )
        return next((wrong for wrong in inner if wrong is not None), None)
    if like is not None and isinstance(given, dict | list):
        return f"{at or 'it'} is no single value"
    return None


def _wrong_object(given: Any, like: dict[str, Any], at: str) -> str | None:
    if not isinstance(given, dict):
        return f"{at or 'it'} is no object"
    for key, inner in like.items():
        if key not in given:
            return f"{at}/{key} is not there"
        if (wrong := wrong_shape(given[key], inner, f"{at}/{key}")) is not None:
            return wrong
    return None
