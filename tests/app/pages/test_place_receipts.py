"""Each figure's receipt, followed as a reader would: download the rows, do what the formula says, get the figure.

Nothing here imports the service's code: the formula is read from the page, and the rows by the csv module.
"""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

import pytest
import shapely

from tests.app.pages.test_pages import PLACE, VIEW, read

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow
SUM = re.compile(r"sum of (\w+) over the rows(?: where (.+?))?(?= [×÷−] |\)|$)")
MEDIAN = re.compile(r"median of (\w+) over the rows where (.+)")
COUNT = re.compile(r"number of rows(?: where (.+))?")
DISTANCE = re.compile(
    r"distance from easting (\d+), northing (\d+) to the edge of the outline, metres"
)


class Row(NamedTuple):
    name: str
    written: str
    formula: str
    method: str
    address: str


def receipts_of(page: str) -> list[Row]:
    found = []
    for row in re.findall(r'<tr id="receipt-\d+".*?</tr>', page):
        inside = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        cells = [unescape(re.sub(r"<[^>]+>", "", each)) for each in inside]
        method, address = (unescape(each) for each in re.findall(r'href="([^"]+)"', row))
        found.append(Row(cells[0], cells[1], cells[3], method, address))
    return found


def kept_of(rows: list[dict[str, str]], where: str | None) -> list[dict[str, str]]:
    """Keep the rows of which all holds that a formula says."""
    told = [part.split(" is ") for part in (where or "").split(" and ") if part]
    return [row for row in rows if all(row[column] == value for column, value in told)]


def summed(rows: list[dict[str, str]], column: str, where: str | None) -> float:
    return sum(float(row[column]) for row in kept_of(rows, where) if row[column])


def work_out(body: str, formula: str) -> float:
    """Do what the formula says with a downloaded file."""
    if told := DISTANCE.fullmatch(formula):
        point = shapely.Point(float(told[1]), float(told[2]))
        outline = shapely.from_geojson(json.dumps(json.loads(body)["geometry"]))
        return float(outline.boundary.distance(point))
    rows = list(csv.DictReader(io.StringIO(body)))
    if told := COUNT.fullmatch(formula):
        return len(kept_of(rows, told[1]))
    if told := MEDIAN.fullmatch(formula):
        return statistics.median(float(row[told[1]]) for row in kept_of(rows, told[2]))
    written, sums = SUM.subn(lambda told: repr(summed(rows, told[1], told[2])), formula)
    assert sums, formula
    return reckon(written)


def reckon(written: str) -> float:
    """Work out numbers with ×, ÷ and − between them, what stands in brackets first."""
    while "(" in written:
        written = re.sub(r"\(([^()]*)\)", lambda inner: repr(reckon(inner[1])), written)
    terms = []
    for term in written.split(" − "):
        first, *rest = re.split(r" ([×÷]) ", term)
        value = float(first)
        for sign, number in zip(rest[::2], rest[1::2], strict=True):
            value = value * float(number) if sign == "×" else value / float(number)
        terms.append(value)
    return terms[0] - sum(terms[1:])


def number_of(written: str) -> tuple[float, float]:
    """Read a figure as the page writes it, and how near it is: pounds as pence, per cent, metres, a count."""
    number_words = re.sub(r"[£,%]| m²?", "", written)
    number = float(number_words)
    if written.startswith("£"):
        return round(100 * number), 0
    if written.endswith("%"):
        return number, 0.011
    decimals = len(number_words.partition(".")[2])
    return number, 0.51 if " m" in written else 0.51 * 10**-decimals if decimals else 0


@pytest.mark.parametrize(
    ("address", "least"),
    [
        (PLACE, 40),
        (f"{PLACE}/priorities?worst=20", 20),
        (VIEW, 30),
        ("/areas/X07000002", 20),
        ("/areas/X07000002?beside=par", 6),
        ("/search?q=XB2+8AA", 4),
        (f"{PLACE}/progress", 10),
        (f"{PLACE}/progress?year=2018-19", 2),
        (f"{PLACE}/gap", 15),
        ("/data/indices/imd-2019-demo", 1),
        ("/data/releases/lad-2023-05-demo", 3),
        ("/data/indicators/imd-2019-demo-income", 3),
    ],
)
def test_the_rows_behind_every_figure_give_it_again(
    demo_client: TestClient, address: str, least: int
) -> None:
    found = receipts_of(read(demo_client, address))
    assert len(found) >= least, "too few receipts for this test to mean anything"
    files: dict[str, str] = {}
    for receipt in found:
        if receipt.address not in files:
            answer = demo_client.get(receipt.address)
            assert answer.status_code == 200, answer.text
            files[receipt.address] = answer.text
        number, near = number_of(receipt.written)
        worked = work_out(files[receipt.address], receipt.formula)
        assert worked == pytest.approx(number, abs=near), receipt
        assert demo_client.get(receipt.method).status_code == 200


def test_the_receipts_of_money_are_the_whole_file_once(demo_client: TestClient) -> None:
    found = [row for row in receipts_of(read(demo_client, PLACE)) if row.name.startswith("Money")]
    rows = list(csv.DictReader(io.StringIO(demo_client.get(found[0].address).text)))
    whole = sum(int(row["amount_pence"]) for row in rows if row["in_totals"] == "true")
    assert sum(number_of(row.written)[0] for row in found) == whole > 0
    assert len({row.name for row in found}) == len(found)


def test_a_page_names_the_sources_of_its_own_figures_and_no_others(
    demo_client: TestClient,
) -> None:
    def sources(address: str) -> set[str]:
        table = read(demo_client, address).partition("<caption>Sources")[2].partition("</table>")[0]
        return set(re.findall(r"<td>([^<]+?)(?: <span|</td>)", table))

    whole, priorities = sources(PLACE), sources(f"{PLACE}/priorities")
    money = sources(f"{PLACE}/resources")
    # the files of money, which the page of priorities shows no line of; and the edition after, which money needs not
    assert priorities < whole
    assert money < whole
    assert whole == priorities | money
    for words in ("Index of Deprivation", "mall areas", "istricts"):
        assert any(words in title for title in priorities), words
