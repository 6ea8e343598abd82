"""Features of England's small areas over HTTP, beside tipg and pygeoapi of PyPI in the same run.

The figure is CPU milliseconds a request, of the server's processes and the database's together: it stays
stable where other work shares the cores. Ours is told twice: by one statement (the store is emptied
before each round and every address is asked once), and from the store (asked before). The limit is a
server of the same kind that sends as many bytes and does nothing. All are asked in turns, some rounds long,
and the best round of each counts: a shared machine is not as quick in one minute as in the next. Single features
are asked for over some connections at once, of everybody: what they cost is less than to wake a server up for one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import httpx
import psycopg
import psycopg.conninfo

from bench.processes import GZIP, PLAIN, running, settle, spent_at_once_ms, spent_ms
from bench.serving import SERVER, free_port

RELEASE = "lsoa-2011-12-bgc"
LOADED = 32_000  # features that make it a measurement of England
ROUNDS = 3
PAGES, BOXES, SINGLES = 30, 240, 1_200
# So many answers are told apart by a clock of hundredths of a second: 1 ms each is 150 of its steps.
COUNTED, COUNTED_OF_ONE = 1_500, 10_000
ONE, AT_ONCE = "one feature", 4
#: what must be reached: times cheaper than tipg, by one statement and from the store
BARS = {
    "page of 1,000": (10, 100), "page of 1,000, gzip": (None, 100), "box of a city": (10, None),
    ONE: (5, 15),
}  # fmt: skip
#: what is kept costs at most this many times what a server that sends as many bytes costs
LIMIT_BAR = 3.0
LIMIT = """
import sys, uvicorn
async def app(scope, receive, send):
    if scope["type"] == "http":
        size = scope["query_string"]
        body, headers = b"x" * int(size), [(b"content-length", size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", access_log=False)
"""
Own = dict[str, tuple[float, float, float]]  # by one statement, from the store, of the bytes alone
Others = dict[str, dict[str, float]]
Asked = dict[str, tuple[list[str], dict[str, str]]]  # addresses and headers, by question
PEERS = {
    "tipg": ["tipg", "uvicorn"],
    "pygeoapi": ["pygeoapi", "gunicorn", "psycopg2-binary", "geoalchemy2"],
}


def peer_environment(name: str, folder: Path) -> Path:
    """Make a throw-away environment with a peer; gives its Python."""
    uv = str(Path(sys.executable).parent / "uv")
    place = folder / name
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(place)], check=True)
    python = place / "bin" / "python"
    subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *PEERS[name]], check=True)
    return python


def keys_and_boxes(url: str) -> tuple[list[str], list[str]]:
    """Read codes all over England, and the boxes of cities."""
    with psycopg.connect(url) as connection:
        codes = connection.execute(
            "SELECT code FROM boundaries WHERE release_id = %s ORDER BY md5(code) LIMIT %s",
            (RELEASE, SINGLES),
        ).fetchall()
        boxes = connection.execute(
            "SELECT concat_ws(',', ST_XMin(g), ST_YMin(g), ST_XMax(g), ST_YMax(g)) FROM ("
            " SELECT ST_Expand(ST_Envelope(b.geom_wgs84), 0.1, 0.06) AS g FROM boundaries AS b"
            " WHERE b.release_id = %s AND b.name ~ '^(Leeds|Bristol|Leicester|Manchester) .*A$'"
            " ORDER BY md5(b.code) LIMIT %s) AS cities",
            (RELEASE, BOXES),
        ).fetchall()
    return [row[0] for row in codes], [row[0] for row in boxes]


def measure(url: str) -> bool:
    """Measure ours and the peers on the database at `url`; whether every bar was met."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain) as connection:
        row = connection.execute(
            "SELECT count(*) FROM boundaries WHERE release_id = %s", (RELEASE,)
        ).fetchone()
        backend = connection.info.backend_pid
        if row is None or row[0] < LOADED:
            print(f"{RELEASE} is not loaded there: features are not measured")
            return False
        database = int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])
    codes, boxes = keys_and_boxes(plain)
    with tempfile.TemporaryDirectory(prefix="bounds-bench-") as made, ExitStack() as running_now:
        folder = Path(made)
        limit = running_now.enter_context(serving_bytes())
        _give_table(plain)
        peers = {}
        for name, serving in (("tipg", serving_tipg), ("pygeoapi", serving_pygeoapi)):
            try:
                peers[name] = running_now.enter_context(serving(plain, folder))
            except (subprocess.CalledProcessError, RuntimeError, httpx.HTTPError) as problem:
                print(f"{name} could not be measured: {str(problem)[-300:]}")
        rounds: list[tuple[Own, Others]] = []
        for n in range(ROUNDS):
            # Anew in each: what was answered before is in a process's memory.
            with serving_ours(url, database, folder / f"ours-{n}") as ours:
                own = ours.measure(codes, boxes, limit)
            others = {name: each.measure(database, codes, boxes) for name, each in peers.items()}
            rounds.append((own, others))
            print(f"round {n + 1}: {_told(own, others)}")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS public.bench_lsoa")
    best = {
        question: tuple(map(min, zip(*(own[question] for own, _ in rounds), strict=True)))
        for question in BARS
    }
    best_peers = {
        name: {question: min(others[name][question] for _, others in rounds) for question in BARS}
        for name in peers
    }
    return tell(best, best_peers)


def _told(own: Own, others: Others) -> str:
    return "; ".join(
        f"{question} {' '.join(f'{each:.3f}' for each in own[question])}"
        + "".join(f" {name} {figures[question]:.1f}" for name, figures in others.items())
        for question in BARS
    )


def tell(ours: dict[str, tuple[float, ...]], peers: dict[str, dict[str, float]]) -> bool:
    """Print each question with its ratios; whether every bar was met."""
    met = "tipg" in peers
    for question, (statement, stored, limit) in ours.items():
        said = [
            f"{question}: {statement:.2f} CPU ms by one statement, {stored:.3f} from the store"
            f" ({stored / limit:.1f} times the limit)"
        ]
        for name, figures in peers.items():
            peer = figures[question]
            said.append(
                f"{name} {peer:.1f} ({peer / statement:.1f} and {peer / stored:.0f} times ours)"
            )
        missed: list[float] = [
            bar for bar, value in zip(BARS[question], (statement, stored), strict=True)
            if bar is not None and "tipg" in peers and peers["tipg"][question] < bar * value
        ]  # fmt: skip
        is_kept = BARS[question][1] is not None
        if is_kept and stored > LIMIT_BAR * limit:
            missed.append(LIMIT_BAR)
        said.append(f"MISSED {', '.join(f'{bar:g}' for bar in missed)}" if missed else "met")
        met = met and not missed
        print("; ".join(said))
    return met


class Bytes(NamedTuple):
    """A server that sends as many bytes as it is asked for, and does nothing."""

    server: int
    address: str

    def measure(self, question: str, size: int) -> float:
        """Give the CPU milliseconds of an answer of so many bytes."""
        with httpx.Client() as client:
            asked = _enough(question, [f"{self.address}/?{size}"])
            _warm_up(client, asked, PLAIN)
            return _spent_ms(question, self.server, None, asked, client, PLAIN)


class Ours(NamedTuple):
    """This service, with what it keeps in a folder of its own."""

    server: int
    database: int
    items: str
    data: Path
    pages: list[str]

    def measure(self, codes: list[str], boxes: list[str], limit: Bytes) -> Own:
        """Give each question's cost: by one statement, from the store, and for the store's bytes alone."""
        items = self.items
        found: Own = {}
        asked: Asked = {
            "page of 1,000": (self.pages, PLAIN), "page of 1,000, gzip": (self.pages, GZIP),
            "box of a city": ([f"{items}?limit=10000&bbox={box}" for box in boxes], PLAIN),
            ONE: ([f"{items}/{code}" for code in codes], PLAIN),
        }  # fmt: skip
        with httpx.Client(timeout=60) as client:
            not_kept = [f"{items}?limit=10000&bbox={box}" for box in boxes]
            for question, (addresses, headers) in asked.items():
                _warm_up(client, not_kept, headers)
                shutil.rmtree(self.data / "features", ignore_errors=True)
                statement = _spent_ms(
                    question, self.server, self.database, addresses, client, headers
                )
                time.sleep(1)  # what was made is on disk by then
                many = _enough(question, addresses)
                stored = _spent_ms(question, self.server, self.database, many, client, headers)
                sent = [
                    int(client.head(each, headers=headers).headers["content-length"])
                    for each in addresses[:20]
                ]
                found[question] = statement, stored, limit.measure(question, sum(sent) // len(sent))
        return found


class Peer(NamedTuple):
    """Another server of the same outlines; `one` names a single feature."""

    server: int
    items: str
    form: str
    one: Callable[[str], str]

    def measure(self, database: int, codes: list[str], boxes: list[str]) -> dict[str, float]:
        """Give each question's cost, database included; of every third address, for these take their time."""
        items, form = self.items, self.form
        pages = [f"{items}?limit=1000&offset={n * 1000}&f={form}" for n in range(PAGES)]
        asked: Asked = {
            "page of 1,000": (pages, PLAIN), "page of 1,000, gzip": (pages, GZIP),
            "box of a city": ([f"{items}?limit=10000&f={form}&bbox={box}" for box in boxes], PLAIN),
            ONE: ([self.one(code) for code in codes], PLAIN),
        }  # fmt: skip
        with httpx.Client(timeout=120) as client:
            found = {}
            for question, (addresses, headers) in asked.items():
                _warm_up(client, addresses, headers)
                some = addresses[::3]
                found[question] = _spent_ms(question, self.server, database, some, client, headers)
            return found


@contextmanager
def serving_ours(url: str, database: int, data: Path) -> Iterator[Ours]:
    """Serve the database by this service, until it does nothing more of its own."""
    port = free_port()
    items = f"http://127.0.0.1:{port}/ogc/collections/{RELEASE}/items"
    command = [sys.executable, "-c", SERVER, url, str(data), str(port)]
    with running(command, port, {}) as server, httpx.Client(timeout=60) as client:
        client.get(f"{items}?limit=1").raise_for_status()  # finished by the first that asks
        time.sleep(4)  # what is made ready in the background has begun by then
        settle(server, database)
        pages = [f"{items}?limit=1000"]
        while len(pages) < PAGES:
            links = client.get(pages[-1]).json()["links"]
            on = next(each["href"] for each in links if each["rel"] == "next")
            pages.append(f"{items}?{on.partition('?')[2]}")
        yield Ours(server, database, items, data, pages)


@contextmanager
def serving_bytes() -> Iterator[Bytes]:
    """Serve nothing but bytes."""
    port = free_port()
    with running([sys.executable, "-c", LIMIT, str(port)], port, {}) as server:
        yield Bytes(server, f"http://127.0.0.1:{port}")


def _spent_ms(
    question: str, server: int, database: int | None, asked: list[str], client: httpx.Client, headers: dict[str, str]
) -> float:  # fmt: skip
    if question == ONE:
        return spent_at_once_ms(server, database, asked, headers, AT_ONCE)
    return spent_ms(server, database, asked, client, headers)


def _warm_up(client: httpx.Client, addresses: list[str], headers: dict[str, str]) -> None:
    """Ask a few before it counts: whoever rested while others were asked has to be lent its memory again."""
    for each in addresses[:5]:
        client.get(each, headers=headers).raise_for_status()


def _enough(question: str, addresses: list[str]) -> list[str]:
    """Name addresses again and again until the system's clock, of hundredths of a second, can tell what they cost."""
    counted = COUNTED_OF_ONE if question == ONE else COUNTED
    return addresses * max(1, -(-counted // len(addresses)))


def _give_table(url: str) -> None:
    """Give the peers a table of their own of the same outlines, indexed as they ask for."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS public.bench_lsoa")
        connection.execute(
            "CREATE TABLE public.bench_lsoa AS SELECT code, name, area_m2, geom_wgs84 AS geom"
            " FROM boundaries WHERE release_id = %s ORDER BY code",
            (RELEASE,),
        )
        connection.execute("ALTER TABLE public.bench_lsoa ADD PRIMARY KEY (code)")
        connection.execute("CREATE INDEX ON public.bench_lsoa USING gist (geom)")
        connection.execute("ANALYZE public.bench_lsoa")


@contextmanager
def serving_tipg(url: str, folder: Path) -> Iterator[Peer]:
    """Serve the same outlines by tipg under uvicorn, one worker."""
    python, port = peer_environment("tipg", folder), free_port()
    command = [
        str(python), "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "error",
    ]  # fmt: skip
    parts = psycopg.conninfo.conninfo_to_dict(url)
    # Its reader of addresses wants a host before the slash: the folder of the socket, escaped.
    address = f"postgresql://{parts['user']}@{quote(str(parts['host']), safe='')}/{parts['dbname']}"
    settings = {
        "DATABASE_URL": address, "TIPG_DB_SCHEMAS": '["public"]', "TIPG_DB_TABLES": '["public.bench_lsoa"]',
        "TIPG_MAX_FEATURES_PER_QUERY": "10000",
    }  # fmt: skip
    items = f"http://127.0.0.1:{port}/collections/public.bench_lsoa/items"
    with running(command, port, settings) as server:
        time.sleep(2)
        yield Peer(server, items, "geojson", lambda code: f"{items}/{code}?f=geojson")


@contextmanager
def serving_pygeoapi(url: str, folder: Path) -> Iterator[Peer]:
    """Serve the same outlines by pygeoapi under gunicorn, one worker of eight threads."""
    python, port = peer_environment("pygeoapi", folder), free_port()
    parts = psycopg.conninfo.conninfo_to_dict(url)
    written = folder / "pygeoapi.yml"
    written.write_text(
        f"""
server: {{bind: {{host: 127.0.0.1, port: {port}}}, url: "http://127.0.0.1:{port}", mimetype: application/json,
  encoding: utf-8, languages: [en-GB], limits: {{max_items: 10000, default_items: 9}}, gzip: true,
  map: {{url: x, attribution: x}}}}
logging: {{level: ERROR}}
metadata:
  identification: {{title: t, description: d, keywords: [k], keywords_type: theme, terms_of_service: t, url: u}}
  license: {{name: n, url: u}}
  provider: {{name: n, url: u}}
  contact: {{name: n}}
resources:
  lsoa:
    type: collection
    title: lsoa
    description: lsoa
    keywords: [k]
    links: []
    extents: {{spatial: {{bbox: [-7, 49, 2, 56], crs: "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}}}
    providers:
      - type: feature
        name: PostgreSQL
        data: {{host: "{parts["host"]}", port: {parts.get("port", 5432)}, dbname: {parts["dbname"]},
          user: {parts["user"]}, password: "{parts.get("password", "")}", search_path: [public]}}
        id_field: code
        table: bench_lsoa
        geom_field: geom
""",
        encoding="utf-8",
    )
    settings = {
        "PYGEOAPI_CONFIG": str(written), "PYGEOAPI_OPENAPI": str(folder / "openapi.yml"),
    }  # fmt: skip
    pygeoapi = str(python.parent / "pygeoapi")
    subprocess.run(
        [pygeoapi, "openapi", "generate", str(written), "-of", settings["PYGEOAPI_OPENAPI"]],
        env={**os.environ, **settings}, check=True, capture_output=True,
    )  # fmt: skip
    command = [
        str(python.parent / "gunicorn"), "-k", "gthread", "--threads", "8", "-b",
        f"127.0.0.1:{port}", "pygeoapi.flask_app:APP",
    ]  # fmt: skip
    items = f"http://127.0.0.1:{port}/collections/lsoa/items"
    with running(command, port, settings) as server:
        time.sleep(3)
        yield Peer(server, items, "json", lambda code: f"{items}/{code}?f=json")
