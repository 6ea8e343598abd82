"""Serves the browser files, in their smallest form once that is made; gives no other file of the machine."""

from __future__ import annotations

from pathlib import Path

import brotli
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app import assets

# A tenth fewer bytes than what is compressed for each answer, and thirty times the work.
_QUALITY = 11
# Path → the entity tag of the file that was squeezed, and its brotli form.
_squeezed: dict[str, tuple[str, bytes]] = {}


def squeeze_all() -> None:
    """Make the smallest brotli form of every file that pages name: most of a second, for the background."""
    for asset in assets.manifest().values():
        squeeze(assets.STATIC / asset.url.removeprefix("/static/").split("?")[0])


def squeeze(path: Path) -> None:
    """Make a file's smallest brotli form, to be served for as long as the file is the same."""
    tag = FileResponse(path, stat_result=path.stat()).headers["etag"]
    _squeezed[str(path)] = (tag, brotli.compress(path.read_bytes(), quality=_QUALITY))


class OwnFiles(StaticFiles):
    """Browser files: those under vendor/ never change under one name, the others are asked about again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve one file with the caching that its folder allows."""
        response = await super().get_response(path, scope)
        if scope["method"] == "GET" and isinstance(response, FileResponse):
            response = _smallest(response, dict(scope["headers"]))
        is_vendor = path.startswith("vendor/") and response.status_code in {200, 304}
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if is_vendor else "no-cache"
        )
        return response


def _smallest(response: FileResponse, asked: dict[bytes, bytes]) -> Response:
    """Give the file's brotli form where it is made of this very file and the reader takes it whole."""
    tag, content = _squeezed.get(str(response.path), ("", b""))
    takes = {each.strip() for each in asked.get(b"accept-encoding", b"").split(b",")}
    if tag != response.headers["etag"] or b"br" not in takes or b"range" in asked:
        return response
    headers = {name: response.headers[name] for name in ("etag", "last-modified")}
    headers |= {"Content-Encoding": "br", "Vary": "Accept-Encoding"}
    return Response(content, media_type=response.media_type, headers=headers)
