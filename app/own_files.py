"""Serves the browser files, in the smallest form that the reader takes; gives no other file of the machine."""

from __future__ import annotations

from pathlib import Path

from anyio import to_thread
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.assets import STATIC
from app.smallest_forms import CODINGS, files_of_pages, kept_forms, make_forms

# Path → the entity tag of the file that the forms are of, and each by its coding.
_forms: dict[str, tuple[str, dict[str, bytes]]] = {}


def squeeze_all() -> None:
    """Make the forms that do not lie ready of every file that pages name: most of a second, for the background."""
    for path in files_of_pages():
        squeeze(path)


def squeeze(path: Path, static: Path = STATIC) -> None:
    """Make a file's smallest forms, once a process, to be served for as long as the file is the same."""
    tag = FileResponse(path, stat_result=path.stat()).headers["etag"]
    of, forms = _forms.get(str(path), ("", {}))
    if of != tag or CODINGS.keys() != forms.keys():
        _forms[str(path)] = (tag, make_forms(path, static))


class OwnFiles(StaticFiles):
    """Browser files: those under vendor/ never change under one name, the others are asked about again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve one file with the caching that its folder allows."""
        response = await super().get_response(path, scope)
        if scope["method"] == "GET" and isinstance(response, FileResponse):
            response = await self._smallest(response, dict(scope["headers"]))
        is_vendor = path.startswith("vendor/") and response.status_code in {200, 304}
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if is_vendor else "no-cache"
        )
        return response

    async def _smallest(self, response: FileResponse, asked: dict[bytes, bytes]) -> Response:
        """Give the smallest form that is made of this very file and that the reader takes whole."""
        given = asked.get(b"accept-encoding", b"").decode("latin-1").split(",")
        takes = {each.strip() for each in given}
        if b"range" in asked or takes.isdisjoint(CODINGS):
            return response
        path, tag = Path(response.path), response.headers["etag"]
        if _forms.get(str(path), ("",))[0] != tag:
            found = await to_thread.run_sync(kept_forms, path, Path(str(self.directory)))
            if _forms.get(str(path), ("",))[0] != tag:  # what was made meanwhile is whole
                _forms[str(path)] = (tag, found)
        forms = _forms[str(path)][1]
        coding = next((each for each in CODINGS if each in takes and each in forms), None)
        if coding is None:
            return response
        headers = {name: response.headers[name] for name in ("etag", "last-modified")}
        headers |= {"Content-Encoding": coding, "Vary": "Accept-Encoding"}
        return Response(forms[coding], media_type=response.media_type, headers=headers)
