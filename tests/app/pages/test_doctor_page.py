"""The page of the vintage doctor, read as a browser without JavaScript reads it."""

from __future__ import annotations

import re

from starlette.testclient import TestClient

HTML = {"Accept": "text/html"}


def send(client: TestClient, address: str, raw: bytes, to: str = "") -> str:
    sent = {"file": ("<b>t</b>.csv", raw)}
    return client.post(address, files=sent, data={"to": to}, headers=HTML).text


def test_the_form_posts_a_file_without_javascript(demo_client: TestClient) -> None:
    text = demo_client.get("/doctor").text
    assert 'method="post" enctype="multipart/form-data"' in text
    assert 'formaction="/doctor/fixed.csv"' in text
    assert '<label class="heading" for="file">' in text
    assert "<h2" not in text
    assert 'href="/doctor"' in demo_client.get("/data").text


def test_the_answer_has_every_status_and_escapes_hostile_cells(demo_client: TestClient) -> None:
    raw = b"c,n\nX06000001,1\nX07000001,1\n<script>alert(1)</script>,1\nE92000001,2\n,3\n"
    text = send(demo_client, "/doctor", raw)
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<b>t</b>" not in text
    rows = re.search(r"<caption>5 rows of column c.*?</table>", text, re.DOTALL)
    assert rows is not None
    counts = re.findall(r'<tr><td>([a-z-]+)</td><td class="num">(\d+)</td>', rows[0])
    assert sum(int(count) for _, count in counts) == 5
    assert {"total", "unknown", "blank"} <= {status for status, _ in counts}


def test_the_second_button_gives_the_file_put_right(demo_client: TestClient) -> None:
    text = send(demo_client, "/doctor/fixed.csv", b"c,n\nx06000001,1\n", "lad-2025")
    assert text.splitlines()[0] == "c,n,lad_2025_12_31_code,status,reason"
    assert text.splitlines()[1].startswith("x06000001,1,X06000001,tidied,")


def test_a_file_that_is_none_is_told_as_a_page(demo_client: TestClient) -> None:
    answer = demo_client.post("/doctor", files={"file": ("t.csv", b"a,b\n1,2\n")}, headers=HTML)
    assert answer.status_code == 422
    assert "no column holds codes" in answer.text
    assert demo_client.post("/doctor", data={"to": "x"}, headers=HTML).status_code == 422
