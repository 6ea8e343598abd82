from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator

import orjson
import pytest
from fastapi import APIRouter

from app.logs import begin_request, configure_logs, end_request, get_logger, request_id
from tests.support.small_apps import service_without_database


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("INFO", stream)
    yield stream
    root.handlers[:], level = before
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_the_event_its_fields_and_the_request(written: io.StringIO) -> None:
    token = begin_request("import-0001")
    get_logger("app.x").info("release activated", extra={"release": "lad-2023-05", "areas": 309})
    end_request(token)
    get_logger("app.x").debug("too small a thing")
    (line,) = lines(written)
    assert line.pop("time", "") != ""
    assert line == {
        "level": "INFO",
        "logger": "app.x",
        "event": "release activated",
        "request_id": "import-0001",
        "release": "lad-2023-05",
        "areas": 309,
    }


def test_outside_a_request_a_line_has_no_request_id(written: io.StringIO) -> None:
    get_logger("app.x").warning("disk short")
    assert "request_id" not in lines(written)[0]


def test_an_exception_is_logged_by_class_and_place_without_its_message(
    written: io.StringIO,
) -> None:
    try:
        raise ValueError("TN34 1AA")
    except ValueError:
        get_logger("app.x").exception("unhandled error")
    (line,) = lines(written)
    assert line["exception"] == "ValueError"
    assert "test_logs.py" in str(line["frames"])
    assert "TN34" not in written.getvalue()


def test_the_line_of_a_request_names_the_route_and_not_the_postcode(
    written: io.StringIO,
) -> None:
    router = APIRouter()

    @router.get("/invented/postcode/{pc}")
    def lookup(pc: str) -> dict[str, str]:
        return {"postcode": pc}

    answer = service_without_database(router).get("/api/v1/invented/postcode/TN341AA")
    (line,) = [line for line in lines(written) if line["event"] == "request answered"]
    assert (line["method"], line["route"]) == ("GET", "/api/v1/invented/postcode/{pc}")
    assert line["status"] == 200
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "TN34" not in str(line)


@pytest.mark.parametrize(
    "offered", ["short", "a" * 65, "x\ny-and-more", "<script>aaaa", "postcode TN34"]
)
def test_a_request_id_that_is_not_sane_is_replaced(offered: str) -> None:
    token = begin_request(offered)
    made = request_id()
    end_request(token)
    assert re.fullmatch(r"[0-9a-f]{16}", made)
    assert request_id() == ""


def test_a_sane_request_id_comes_back_in_the_answer() -> None:
    answer = service_without_database().get("/healthz", headers={"X-Request-ID": "proxy-1.2_3"})
    assert answer.headers["x-request-id"] == "proxy-1.2_3"


def test_two_requests_have_different_ids() -> None:
    service = service_without_database()
    ids = {service.get("/healthz").headers["x-request-id"] for _ in range(2)}
    assert len(ids) == 2
