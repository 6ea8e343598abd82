"""In which form a page's map is sent, by the ending of its address; draws nothing itself.

Pages read the Topology, in which a border that two areas share stands once; GeoJSON is there for other programs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.pages.kept import kept_text
from maps.layers import Layer
from maps.leaflet import map_geojson, map_topology

GEOJSON = "application/geo+json"
_FORMS = {"geojson": (map_geojson, GEOJSON), "topojson": (map_topology, "application/json")}


def map_answer(
    request: Request, draw: Callable[[], Sequence[Layer]], tolerance_m: float, *, keep: Session | None
) -> Response:  # fmt: skip
    """Answer with the layers that `draw` gives; kept for as long as the session `keep` sees the same."""
    write, media_type = _FORMS[request.url.path.rpartition(".")[2]]

    def make() -> str:
        return write(draw(), tolerance_m=tolerance_m).decode()

    return Response(
        make() if keep is None else kept_text(request, keep, make), media_type=media_type
    )
