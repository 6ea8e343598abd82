"""How heavy and how soon pages are in a real Chromium, on a database with England, beside the same bytes as files.

Each page is opened in a window of its own with an empty cache: bytes are those that came over the wire,
painted is the later of the largest paint and of the live map, shift is the layout's (all by the browser's own
counting). "First" is the first page of a process that says it is ready (`/readyz`), the middle one of three new
processes; "asked at once" of one that does not say so yet, asked for as soon as the process answers at all, under the
same bars. What was sent is kept
and served once more, to the same browser, by a server that only hands out files: that is the raw limit, and the
ratio to it is the figure that stays on a shared machine. A paper's limit is one sentence on a sheet by the same
engine. Run as `python -m bench.pages URL FOLDER`.
"""

from __future__ import annotations

import base64
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from bench import machine
from bench.serving import SERVER, free_port
from boundaries.database import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HARTLEPOOL, BIRMINGHAM = "/view?councils=E06000001", "/view?councils=E08000025"
AREAS = {HARTLEPOOL: 58, BIRMINGHAM: 639}
PAPER = "/view/report.pdf?councils=E06000001"
READY = '#map[data-ready="true"]'
SIZE = {"width": 1280, "height": 900}
ROUNDS = 3
PATIENCE_MS = 120_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
BARS = {
    "58 areas, kB": 100.0, "58 areas, painted s": 2.0, "58 areas, shift": 0.02,
    "639 areas, kB": 250.0, "639 areas, painted s": 2.0, "639 areas, shift": 0.02,
    "England at level 7, kB": 1200.0, "England at level 7, painted s": 3.0,
    "England at level 7, longest frame of a drag ms": 200.0,
    "58 areas, asked at once, painted s": 2.0, "639 areas, asked at once, painted s": 2.0,
    "England at level 7, asked at once, painted s": 3.0,
    "paper, s": 3.0, "paper, kB": 300.0,
}  # fmt: skip
WATCH = """
window.seen = {shift: 0, largest: 0};
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) seen.shift += e.value; })
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(list => {
  for (const e of list.getEntries()) seen.largest = Math.max(seen.largest, e.startTime);
}).observe({type: 'largest-contentful-paint', buffered: true});
new MutationObserver((_, watching) => {
  if (document.querySelector('#map[data-ready="true"]')) {
    watching.disconnect();
    requestAnimationFrame(() => setTimeout(() => { seen.live = performance.now(); }));
  }
}).observe(document, {subtree: true, attributes: true, attributeFilter: ['data-ready'], childList: true});
"""
FRAMES = """
window.frames_ms = []; (() => { let last = performance.now(); const tick = now => {
  frames_ms.push(now - last); last = now; window.counting = requestAnimationFrame(tick); };
  window.counting = requestAnimationFrame(tick); })()
"""
# A tile of the library says that it is drawn by its class; the map at rest has no other.
DRAWN = """() => { const all = [...document.querySelectorAll('#map canvas.leaflet-tile')];
return all.length > 1 && all.every(one => one.classList.contains('leaflet-tile-loaded')) }"""


@dataclass
class Sent:
    """What came over the wire for one page: bytes, and each answer by its address for serving it again."""

    total: int = 0
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """One opening of a page."""

    kb: float
    painted_s: float
    shift: float
    longest_frame_ms: float


def run(url: str, folder: Path) -> bool:
    """Print the table; say whether every bar was met. Without a Chromium nothing is measured, and that is said."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if program is None:
        print("no Chromium is installed: pages are not measured")
        return False
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        print(machine.told())
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        rows = _pages(browser, lambda: served(url, folder))
        for name, path, look in ASKED:
            at_once = []
            for _ in range(ROUNDS):
                with served(url, folder, is_ready=False) as address:
                    at_once.append(_open(browser, address, path, look).painted_s)
            soon = _middle(f"{name}, asked at once", at_once)
            rows.append((f"{name}, asked at once, painted s", soon, soon, None))
        browser.close()
    papers = []
    for _ in range(ROUNDS):
        with served(url, folder) as address:
            papers.append(_paper(address))
    rows += _together(papers)
    print(machine.told())
    return _told(rows)


@contextmanager
def served(url: str, folder: Path, *, is_ready: bool = True) -> Iterator[str]:
    """Serve the database by a new process; gives the address when it is ready, or as soon as it answers."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, url, str(folder), str(port)], cwd=REPOSITORY
    ) as process:
        try:
            wait_for(address)
            if is_ready:
                httpx.get(f"{address}/readyz", timeout=60).raise_for_status()
            yield address
        finally:
            process.terminate()


def wait_for(address: str) -> None:
    """Wait until a server answers. Raises RuntimeError after a minute."""
    for _ in range(3000):
        try:
            httpx.get(f"{address}/healthz", timeout=5).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the web process did not answer within a minute")


Row = tuple[str, float, float, float | None]


def _pages(browser: Browser, serve: Callable[[], AbstractContextManager[str]]) -> list[Row]:
    """Give a row for each figure: its name, the first time, the best of the rounds after it, the raw limit's best."""
    found: list[Row] = []
    for name, path, look in ASKED:
        firsts, warm = [], []
        for _ in range(ROUNDS):
            sent = Sent()
            with serve() as address:
                firsts.append(_open(browser, address, path, look, sent))
                warm.append(_open(browser, address, path, look))
        first = firsts[-1]
        with files_alone(sent) as bare:
            limits = [_open(browser, bare, path, look) for _ in range(ROUNDS)]
        painted, limit = (min(one.painted_s for one in some) for some in (warm, limits))
        found.append((f"{name}, kB", first.kb, min(one.kb for one in warm), limits[0].kb))
        soon = _middle(f"{name}, first", [one.painted_s for one in firsts])
        found.append((f"{name}, painted s", soon, painted, limit))
        shift = max(one.shift for one in warm)
        found.append((f"{name}, shift", first.shift, shift, max(one.shift for one in limits)))
        if look is _small_areas:
            frame, least = (min(one.longest_frame_ms for one in some) for some in (warm, limits))
            drag = f"{name}, longest frame of a drag ms"
            found.append((drag, first.longest_frame_ms, frame, least))
    return found


def _middle(name: str, painted_s: list[float]) -> float:
    print(f"{name}: painted after {', '.join(f'{each:.2f}' for each in painted_s)} s")
    return statistics.median(painted_s)


def _open(
    browser: Browser, address: str, path: str, look: Callable[[Page], None], sent: Sent | None = None
) -> Opened:  # fmt: skip
    """Open a page in a window of its own, and look at it; keep what was sent where asked to."""
    context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]  # its own kind of dictionary
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    told = sent or Sent()
    _listen(context.new_cdp_session(page), told, keep=sent is not None)
    page.add_init_script(WATCH)
    page.goto(address + path)
    look(page)
    page.wait_for_function("window.seen.live")
    seen = page.evaluate("seen")
    painted_ms = page.evaluate("window.painted_ms || 0") or max(seen["largest"], seen["live"])
    if expected := AREAS.get(path):
        drawn = page.locator("#map path[data-code]").count()
        if drawn != expected:
            raise RuntimeError(f"{path} draws {drawn} areas, not {expected}")
    bytes_sent, longest = told.total, 0.0
    if look is _small_areas:
        longest = _drag(page)
    context.close()
    return Opened(bytes_sent / 1000, painted_ms / 1000, seen["shift"], longest)


def _listen(wire: Any, told: Sent, *, keep: bool) -> None:
    answers: dict[str, tuple[str, int, str]] = {}

    def answered(event: dict[str, Any]) -> None:
        answer = event["response"]
        address = urlsplit(answer["url"])
        target = address.path + (f"?{address.query}" if address.query else "")
        answers[event["requestId"]] = (target, answer["status"], answer["mimeType"])

    def ended(event: dict[str, Any]) -> None:
        told.total += int(event["encodedDataLength"])
        if keep and event["requestId"] in answers:
            target, status, kind = answers[event["requestId"]]
            body = wire.send("Network.getResponseBody", {"requestId": event["requestId"]})
            whole = body["body"]
            plain = base64.b64decode(whole) if body["base64Encoded"] else whole.encode()
            told.answers[target] = (status, kind, plain)

    wire.on("Network.responseReceived", answered)
    wire.on("Network.loadingFinished", ended)
    wire.send("Network.enable")


def _whole(page: Page) -> None:
    page.wait_for_selector(READY)
    page.wait_for_load_state("networkidle")


def _small_areas(page: Page) -> None:
    """Go to the map as soon as the page is there, and switch to the small areas, which stand at level 7."""
    page.locator(".mapbox").scroll_into_view_if_needed()
    page.wait_for_selector(READY)
    page.get_by_role("button", name="Small areas").click()
    page.wait_for_function(DRAWN)
    page.evaluate("window.painted_ms = performance.now()")
    page.wait_for_load_state("networkidle")


def _drag(page: Page) -> float:
    """Drag the map to and fro in 40 steps; gives the longest frame in milliseconds."""
    box = page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(FRAMES)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 41):
        page.mouse.move(x + 4 * (step if step <= 20 else 40 - step), y + 2 * step)
    page.mouse.up()
    page.wait_for_timeout(300)
    longest: float = page.evaluate(
        "cancelAnimationFrame(counting) || Math.max(...frames_ms.slice(1))"
    )
    return longest


@contextmanager
def files_alone(sent: Sent) -> Iterator[str]:
    """Serve what was sent once more as bytes that are ready, compressed as they came; gives the address."""
    import gzip

    ready = {}
    for target, (status, kind, plain) in sent.answers.items():
        squeezed = gzip.compress(plain, 6)
        ready[target] = (status, kind, squeezed)

    class Files(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, kind, body = ready.get(self.path, (404, "text/plain", b""))
            self.send_response(status)
            self.send_header("Content-Type", kind + ("; charset=utf-8" if "html" in kind else ""))
            self.send_header("Content-Length", str(len(body)))
            if body:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


ASKED: tuple[tuple[str, str, Callable[[Page], None]], ...] = (
    ("58 areas", HARTLEPOOL, _whole), ("639 areas", BIRMINGHAM, _whole), ("England at level 7", "/", _small_areas),
)  # fmt: skip


def _paper(address: str) -> list[Row]:
    """Ask for a partnership's paper, first and again after its page was forgotten; the limit is one sentence."""
    from weasyprint import HTML

    spent: list[float] = []
    body = b""
    with httpx.Client(base_url=address, timeout=120) as client:
        for _ in range(ROUNDS + 1):
            began = time.perf_counter()
            answer = client.get(PAPER)
            answer.raise_for_status()
            spent.append(time.perf_counter() - began)
            body = answer.content
    if not re.match(rb"%PDF-1\.\d", body):
        raise RuntimeError("the paper is no PDF")
    limits = []
    sheet = b""
    for _ in range(ROUNDS):
        began = time.perf_counter()
        sheet = HTML(string="<html lang=en-GB><title>x</title><p>One sentence.").write_pdf(
            pdf_variant="pdf/ua-1"
        )
        limits.append(time.perf_counter() - began)
    return [
        ("paper, s", spent[0], min(spent[1:]), min(limits)),
        ("paper, kB", len(body) / 1000, len(body) / 1000, len(sheet) / 1000),
    ]


def _together(papers: list[list[Row]]) -> list[Row]:
    """Put the rows of some processes' papers together: the middle first one, the best of all others."""
    found = []
    for some in zip(*papers, strict=True):
        name, firsts = some[0][0], [first for _, first, _, _ in some]
        first = statistics.median(firsts)
        again = min(again for _, _, again, _ in some)
        limit = min(limit for *_, limit in some if limit is not None)
        found.append((name, first, again, limit))
        print(f"{name}: first {', '.join(f'{each:.3g}' for each in firsts)}")
    return found


def _told(rows: list[Row]) -> bool:
    met = True
    print(f"{'page':46} {'first':>8} {'again':>8} {'limit':>8} {'x limit':>8} {'bar':>7}")
    for name, first, again, limit in rows:
        bar = BARS.get(name)
        verdict = "" if bar is None else ("met" if max(first, again) <= bar else "MISSED")
        met = met and verdict != "MISSED"
        ratio = f"{again / limit:8.1f}" if limit else f"{'':8}"
        shown = "" if bar is None else f"{bar:7g}"
        raw = "" if limit is None else f"{limit:8.3g}"
        print(f"{name:46} {first:8.3g} {again:8.3g} {raw:>8} {ratio} {shown:>7} {verdict}")
    return met


if __name__ == "__main__":
    sys.exit(0 if run(sys.argv[1], Path(sys.argv[2])) else 1)
