"""What a browser would send of a page's form as it stands: read by an HTML parser, not by our own code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.access import actions as access
from app.main import create_app
from app.sessions import writing
from app.settings import Settings

OURS = {"Origin": "http://testserver"}
Typed = dict[str, Any]


class _Form(HTMLParser):
    """Reads the controls of the first form of a page that holds a word of ours and is not for signing out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sent: Typed = {}
        self._in, self._done = False, False
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._in = not self._done and "desk" in given.get("class", "")
        if not self._in or self._done:
            return
        name = given.get("name", "")
        if tag == "input" and given.get("type") == "checkbox":
            self.sent.setdefault(name, [])
            if "checked" in given:
                self.sent[name].append(given.get("value", "on"))
        elif tag == "input":
            self.sent[name] = given.get("value", "")
        elif tag == "textarea":
            self._area, self.sent[name] = name, ""
        elif tag == "select":
            self._select = name
        elif (
            tag == "option"
            and self._select
            and ("selected" in given or self._select not in self.sent)
        ):
            self.sent[self._select] = given.get("value", "")

    def handle_data(self, text: str) -> None:
        if self._area:
            self.sent[self._area] += text

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.sent[self._area] = self.sent[self._area].removeprefix("\n")
            self._area = None
        if tag == "select":
            self._select = None
        if tag == "form" and self._in:
            self._in, self._done = False, True


def fields_of(page: str) -> Typed:
    """Give what the page's editing form would send, unticked boxes as empty lists."""
    read = _Form()
    read.feed(page)
    return read.sent


class Editor(NamedTuple):
    """A signed-in browser over a service, and how it fills and sends forms."""

    client: TestClient
    engine: Engine

    def fields(self, address: str) -> Typed:
        """What a browser would send of a form as it stands."""
        page = self.client.get(address)
        assert page.status_code == 200, page.text
        return fields_of(page.text)

    def send(self, address: str, typed: Typed) -> Any:
        """Send a form."""
        return self.client.post(address, data=typed, headers=OURS, follow_redirects=False)

    def read(self, address: str) -> dict[str, Any]:
        """Ask the API."""
        return dict(self.client.get(f"/api/v1/{address}").json())

    def stranger(self) -> TestClient:
        """A browser of somebody who is not signed in."""
        return TestClient(self.client.app)


@contextmanager
def editing(engine: Engine, folder: Path, role: str, slug: str | None) -> Iterator[Editor]:
    """Serve a database to a browser that has signed in."""
    with TestClient(create_app(Settings(data_dir=folder), engine)) as client:
        with writing(engine) as session:
            secret = access.create_token(session, role, slug, "a test").secret
        client.post("/sign-in", data={"token": secret}, headers=OURS)
        yield Editor(client, engine)
