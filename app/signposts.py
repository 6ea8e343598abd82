"""Says from the path alone which rooms cannot answer, before the framework tries each of their routes in turn."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

_PARAMETER = re.compile(r"(\{[^{}]*\})")


def pattern_of(paths: Iterable[str]) -> re.Pattern[str]:
    """Compile a pattern that every path of these templates fits; it may fit others too."""
    return re.compile("|".join(_fitting(path) for path in paths) or r"(?!)")


def _fitting(path: str) -> str:
    parts = _PARAMETER.split(path)
    written = (
        re.escape(part) if n % 2 == 0 else ".*" if part.endswith(":path}") else "[^/]+"
        for n, part in enumerate(parts)
    )
    return "".join(written) + r"\Z"


def put_up(room: BaseRoute, paths: Iterable[str]) -> None:
    """Let a room's routes be tried only where the path fits one of them; `paths` are all that it has.

    There are some three hundred routes in the service, and the framework tries them one after another.
    """
    pattern = pattern_of(paths)
    tried = room.matches

    def matches(scope: Scope) -> tuple[Match, Scope]:
        # Behind a prefix the framework cuts it off first: such a path is left to it.
        if not scope.get("root_path") and pattern.match(scope["path"]) is None:
            return Match.NONE, {}
        return tried(scope)

    room.matches = matches  # type: ignore[method-assign]
