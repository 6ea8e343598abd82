"""Lets the hot look-ups in before the framework; what it cannot answer well goes on to their routes, as if it were not.

The framework spends more on a request than the look-up itself: it matches every route, opens two
stacks of things to close and reads parameters that these addresses read themselves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.lookup.routes import lookup_point, lookup_postcode
from app.sessions import FAILURES
from boundaries.errors import BoundsError

POINT = "/api/v1/lookup/point"
POSTCODE = "/api/v1/lookup/postcode/"
Answerer = Callable[[Request], Awaitable[Response]]


class HotDoor:
    """Answers GETs of points and postcodes; refusals and failures are left to the routes behind it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answerer(scope)
        if answer is not None:
            try:
                response = await answer(Request(scope))
            except (BoundsError, *FAILURES):
                pass  # the route says it in full
            else:
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _answerer(self, scope: Scope) -> Answerer | None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        path: str = scope["path"]
        if path == POINT:
            scope["route"] = _Route(POINT)
            return lookup_point
        if path.startswith(POSTCODE) and "/" not in path[len(POSTCODE) :] and path != POSTCODE:
            scope["route"] = _Route(POSTCODE + "{pc}")
            scope["path_params"] = {"pc": path[len(POSTCODE) :]}
            return lookup_postcode
        return None


class _Route:
    """What the log and the counts ask of a route: its template."""

    def __init__(self, path: str) -> None:
        self.path = path
