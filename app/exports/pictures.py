"""Pictures as answers: one drawing as SVG or PNG, under a policy that lets it run and fetch nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastapi.responses import Response

from maps.picture_file import picture_png

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
# An SVG that is opened by itself is a page: it may show its own drawing and do nothing else.
_POLICY = "default-src 'none'; sandbox"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG text, and what its file is called without an ending."""

    svg: str
    name: str

    def answer(self, ending: str, width: int) -> Response:
        """Answer with the drawing, as "svg" or as "png" so many pixels across."""
        body = self.svg.encode() if ending == "svg" else picture_png(self.svg, width)
        name = _UNSAFE.sub("-", self.name)
        headers = {
            "Content-Disposition": f'inline; filename="{name}.{ending}"',
            "Content-Security-Policy": _POLICY,
        }
        return Response(body, media_type=MEDIA_TYPES[ending], headers=headers)
