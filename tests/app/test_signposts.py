"""Signposts let through whatever a route of the room could answer, and keep the rest from its door."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.routing import BaseRoute, Match, compile_path

from app.main import _routes
from app.signposts import pattern_of, put_up
from tests.support.small_apps import description


class Room(BaseRoute):
    """Counts how often its routes are tried."""

    tried = 0

    def matches(self, scope: Any) -> tuple[Match, Any]:
        self.tried += 1
        return Match.FULL, {}


def asked(path: str, root_path: str = "") -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "root_path": root_path}


@pytest.mark.parametrize(
    ("path", "fits"),
    [
        ("/areas", True),
        ("/areas/", False),
        ("/areas/E07000062", True),
        ("/areas/a.b/map.svg", True),
        ("/areas//map.svg", False),
        ("/files/a/b/c", True),
        ("/files/", True),
        ("/areasx", False),
        ("/areas/E07000062\n", True),  # the room itself says what it makes of that
        ("/nothing", False),
    ],
)
def test_a_path_is_let_through_where_a_template_could_fit_it(path: str, fits: bool) -> None:
    room = Room()
    put_up(room, ["/areas", "/areas/{code}", "/areas/{code}/map.svg", "/files/{path:path}"])
    assert (room.matches(asked(path))[0] is Match.FULL, room.tried) == (fits, int(fits))


def test_behind_a_prefix_the_framework_decides() -> None:
    room = Room()
    put_up(room, ["/areas"])
    assert room.matches(asked("/behind/areas", "/behind"))[0] is Match.FULL


def test_a_room_without_routes_is_never_tried() -> None:
    assert pattern_of([]).match("") is None


def test_what_the_framework_would_match_no_signpost_keeps_away() -> None:
    listed = description()["paths"]
    assert len(listed) > 150
    for path in listed:
        url = re.sub(r"\{[^}]*\}", "x.y", path)
        assert compile_path(path)[0].match(url)
        assert any(room.matches(asked(url))[0] is not Match.NONE for room in _routes()), path
