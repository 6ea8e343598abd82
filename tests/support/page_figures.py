"""Reads the figures of a page as a browser without JavaScript does, and finds each in a file that the page links to.

A figure is found where it stands in a column of the file, or where it is the sum of one over the rows that
share a cell, or two. It knows pages and files, and nothing of what they are about.
"""

from __future__ import annotations

import csv
import io
import json
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from html import unescape
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

from httpx import Response
from lxml import html
from starlette.testclient import TestClient

NUMBER = re.compile(r"[−+-]?£?\d[\d,]*(?:\.\d+)?(?:m|k|bn)?%?")
TIMES = {"k": 1e3, "m": 1e6, "bn": 1e9}
# As it is; pence for pounds, a fraction for per cent, and the other way round; metres for km, m² for km².
SCALES = (1.0, 0.01, 100.0, 0.001, 1e-6)
MOST_FILE = 4_000_000
# Of a column with more cells than this no groups are made.
MOST_GROUPS = 60
# A figure that leads to its receipt, and the rows of receipts.
RECEIPT, RECEIPT_ROW = (
    ".//a[starts-with(@href, '#receipt-')]",
    ".//tr[starts-with(@id, 'receipt-')]",
)
FILE = re.compile(r"/(?:api|ogc)/(?!.*\.(?:pdf|xlsx|gpkg|fgb|parquet|docx|png|svg))")


class Figure(NamedTuple):
    """A number as it is written, and how far its digits reach."""

    value: float
    near: float

    def is_in(self, ordered: Sequence[float], scale: float) -> bool:
        least, most = (self.value - self.near) / scale, (self.value + self.near) / scale
        return bisect_left(ordered, least) < bisect_right(ordered, most)


def figures_in(words: str) -> list[Figure]:
    found = []
    for written in NUMBER.findall(words):
        plain = written.replace("−", "-").replace("£", "").replace(",", "").rstrip("%")
        scale = next((TIMES[end] for end in ("bn", "k", "m") if plain.endswith(end)), 1.0)
        plain = plain.rstrip("kmbn")
        decimals = len(plain.partition(".")[2])
        found.append(Figure(float(plain) * scale, 0.51 * scale * 10**-decimals))
    return found


def words_of(node: Any) -> str:
    return " ".join(node.text_content().split())


def title_of(table: Any) -> str:
    caption = table.find("caption")
    return re.sub(r"[\d,]+", "#", (caption.text or "").strip()) if caption is not None else "?"


def blocks_of(page: Any) -> Iterator[tuple[str, list[Figure]]]:
    """Give the figures of a page by where they stand: a fact's name, or a table's caption and heading."""
    for fact in page.xpath("//dl[contains(@class, 'facts')]/div"):
        shown = fact.find("dd")
        said = "".join(shown.xpath("./text()"))
        if (found := figures_in(said)) and not shown.xpath(RECEIPT):
            yield f"fact: {words_of(fact.find('dt'))}", found
    for table in page.xpath(f"//table[not({RECEIPT_ROW})]"):
        heads = [words_of(each) for each in table.xpath("./thead/tr[last()]/th")]
        columns: dict[str, list[Figure]] = defaultdict(list)
        for part in ("tbody", "tfoot"):
            for row in table.xpath(f"./{part}/tr"):
                cells = row.xpath("./th|./td")
                for place, cell in enumerate(cells):
                    if "num" in (cell.get("class") or "").split() and not cell.xpath(RECEIPT):
                        # what is spanned by rows above, or by columns before, stands at the left
                        at = place + len(heads) - len(cells)
                        head = heads[at] if 0 <= at < len(heads) else str(at)
                        of = head if part == "tbody" else f"{head}, together"
                        columns[of].extend(figures_in(words_of(cell))[:1])
        for head, found in columns.items():
            if found:
                yield f"{title_of(table)} / {head}", found


class File:
    """A file that a page links to: its columns of numbers, in order, and the rows of a CSV."""

    def __init__(self, body: str, kind: str) -> None:
        columns: dict[str, list[float]] = defaultdict(list)
        self.rows: list[dict[str, str]] = []
        if "json" in kind:
            _gather(json.loads(body), "", columns)
        else:
            self.rows = list(csv.DictReader(io.StringIO(body)))
            for row in self.rows:
                for name, cell in row.items():
                    if isinstance(cell, str) and (number := _number(cell)) is not None:
                        columns[name].append(number)
        self.columns = {name: sorted(column) for name, column in columns.items()}

    def holds(self, figures: Sequence[Figure]) -> bool:
        """Say whether a column has each figure."""
        return _hold(self.columns.values(), figures)

    def adds_up_to(self, figures: Sequence[Figure]) -> bool:
        """Say whether a column's sums, over the rows that are alike in a cell or two, have each figure."""
        return _hold(self.sums, figures)

    @cached_property
    def sums(self) -> list[list[float]]:
        """Sums of each column, and counts of rows, by the cells of one column or two; the sum of all; of none."""
        made = []
        names = list(self.rows[0]) if self.rows else []
        cells = {name: [row[name] or "" for row in self.rows] for name in names}
        keys = [name for name in names if 1 < len(set(cells[name])) <= MOST_GROUPS]
        numbers = {
            name: [_number(cell) or 0.0 for cell in cells[name]]
            for name in names
            if name in self.columns
        }
        numbers["number of rows"] = [1.0] * len(self.rows)
        for one, other in combinations_with_replacement(keys, 2):
            group = list(zip(cells[one], cells[other], strict=True))
            for column in numbers.values():
                found: dict[tuple[str, str], float] = defaultdict(float)
                for key, number in zip(group, column, strict=True):
                    found[key] += number
                made.append(sorted((*found.values(), sum(column), 0.0)))
        return made


def _hold(columns: Any, figures: Sequence[Figure]) -> bool:
    return any(
        all(figure.is_in(column, scale) for figure in figures)
        for column in columns
        for scale in SCALES
    )


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _gather(node: Any, name: str, columns: dict[str, list[float]]) -> None:
    if isinstance(node, Mapping):
        for key, each in node.items():
            _gather(each, key, columns)
    elif isinstance(node, list):
        columns[f"number of {name}"].append(len(node))
        for each in node:
            _gather(each, name, columns)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        columns[name].append(float(node))


class Walk:
    """A walk over pages that asks for each page, and each file that several of them link to, once."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self._pages: dict[str, str] = {}
        self._answers: dict[str, Response] = {}
        self._files: dict[str, File | None] = {}

    def get(self, address: str) -> Response:
        if address not in self._answers:
            self._answers[address] = self.client.get(address, headers={"Accept": "*/*"})
        return self._answers[address]

    def page(self, address: str) -> str:
        if address not in self._pages:
            answer = self.client.get(address, headers={"Accept": "text/html"})
            assert answer.status_code == 200, answer.text[:500]
            self._pages[address] = answer.text
        return self._pages[address]

    def file(self, link: str) -> File | None:
        """Read a file that is small enough; every link of a page leads to something."""
        if link not in self._files:
            answer = self.get(link)
            assert answer.status_code == 200, f"{link}: {answer.status_code} {answer.text[:300]}"
            kind = answer.headers.get("content-type", "")
            fits = ("json" in kind or "csv" in kind) and len(answer.content) <= MOST_FILE
            self._files[link] = File(answer.text, kind) if fits else None
        return self._files[link]

    def unanswered(self, address: str, reasons: Mapping[str, str], written: str = "") -> set[str]:
        """Name what has neither a receipt nor rows nor a reason; a reason for what is not on the page is a fault too.

        written : the page, where it is not to be asked for.
        """
        page = html.fromstring(written or self.page(address))
        told: set[str] = set()
        receipts = sorted(
            figure.value
            for cell in page.xpath(f"{RECEIPT_ROW}//td[contains(@class, 'num')]")
            for figure in figures_in(words_of(cell))[:1]
        )
        left = {}
        for name, found in blocks_of(page):
            matched = {each for each in reasons if re.fullmatch(each, name)}
            told |= matched
            if not matched and not all(one.is_in(receipts, 1.0) for one in found):
                left[name] = found
        read = []
        for link in files_of(page):
            if left and (file := self.file(link)) is not None:
                read.append(file)
                left = {name: found for name, found in left.items() if not file.holds(found)}
        for file in read:
            left = {name: found for name, found in left.items() if not file.adds_up_to(found)}
        return set(left) | {
            f"a reason for what is not there: {name}" for name in set(reasons) - told
        }


def files_of(page: Any) -> list[str]:
    """List the files that a page links to: outlines late, and those of receipts last, that are of a figure each."""
    receipts = set(page.xpath(f"{RECEIPT_ROW}//a/@href"))
    links = dict.fromkeys(each for each in page.xpath("//a/@href") if FILE.match(each))
    return [
        unescape(each)
        for each in sorted(links, key=lambda link: (link in receipts, ".geojson" in link))
    ]
