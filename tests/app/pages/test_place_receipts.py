"""Each figure's receipt, followed as a reader would: download the rows, do what the formula says, get the figure.

Nothing here imports the service's code: the formula is read from the page, and the rows by the csv module.
"""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.app.pages.test_pages import PLACE, VIEW, read

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow
FORMULA = re.compile(
    r"(?:sum of (?P<column>\w+) over the rows|number of rows)(?: where (?P<where>.+))?"
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


def work_out(rows: list[dict[str, str]], formula: str) -> int:
    """Do what the formula says with the rows of a file."""
    told = FORMULA.fullmatch(formula)
    assert told, formula
    where = [part.split(" is ") for part in (told["where"] or "").split(" and ") if part]
    kept = [row for row in rows if all(row[column] == value for column, value in where)]
    return sum(int(float(row[told["column"]])) for row in kept) if told["column"] else len(kept)


def number_of(written: str) -> int:
    """Read a count, or pounds with two decimals as pence."""
    return int(re.sub(r"[£,.]", "", written))


@pytest.mark.parametrize(
    ("address", "least"),
    [
        (PLACE, 9),
        (f"{PLACE}/priorities?worst=20", 4),
        (VIEW, 4),
        ("/areas/X07000002", 1),
        (f"{PLACE}/progress", 10),
        (f"{PLACE}/progress?year=2018-19", 2),
        ("/data/indices/imd-2019-demo", 1),
        ("/data/indicators/imd-2019-demo-income", 3),
    ],
)
def test_the_rows_behind_every_figure_give_it_again(
    demo_client: TestClient, address: str, least: int
) -> None:
    found = receipts_of(read(demo_client, address))
    assert len(found) >= least, "too few receipts for this test to mean anything"
    files: dict[str, list[dict[str, str]]] = {}
    for receipt in found:
        if receipt.address not in files:
            answer = demo_client.get(receipt.address)
            assert answer.status_code == 200
            files[receipt.address] = list(csv.DictReader(io.StringIO(answer.text)))
        worked = work_out(files[receipt.address], receipt.formula)
        assert worked == number_of(receipt.written), receipt
        assert demo_client.get(receipt.method).status_code == 200


def test_the_receipts_of_money_are_the_whole_file_once(demo_client: TestClient) -> None:
    found = [row for row in receipts_of(read(demo_client, PLACE)) if row.name.startswith("Money")]
    rows = list(csv.DictReader(io.StringIO(demo_client.get(found[0].address).text)))
    whole = sum(int(row["amount_pence"]) for row in rows if row["in_totals"] == "true")
    assert sum(number_of(row.written) for row in found) == whole > 0
    assert len({row.name for row in found}) == len(found)


def test_a_page_names_the_sources_of_its_own_figures_and_no_others(
    demo_client: TestClient,
) -> None:
    def sources(address: str) -> set[str]:
        table = read(demo_client, address).partition("<caption>Sources")[2].partition("</table>")[0]
        return set(re.findall(r"<td>([^<]+?)(?: <span|</td>)", table))

    whole, priorities = sources(PLACE), sources(f"{PLACE}/priorities")
    # the files of money, which the page of priorities shows no line of
    assert priorities < whole
    assert whole == sources(f"{PLACE}/resources")
    for words in ("Index of Deprivation", "mall areas", "istricts"):
        assert any(words in title for title in priorities), words
