from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, File, UploadFile
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from fastapi.testclient import TestClient

from app.json_bodies import check_json
from app.problems import BadBody
from app.settings import Settings
from app.traffic import MAX_JSON_BYTES, TrafficRules
from tests.support.small_apps import service_without_database


def rooms() -> APIRouter:
    router = APIRouter()

    @router.post("/anything")
    def take(body: dict[str, Any]) -> dict[str, Any]:
        return {"keys": sorted(body)}

    @router.post("/uploads")
    def upload(file: Annotated[UploadFile, File()]) -> dict[str, int]:
        return {"bytes": len(file.file.read())}

    @router.get("/long")
    def long() -> dict[str, str]:
        return {"text": "abc" * 1000}

    @router.get("/versioned")
    def versioned() -> Response:
        return Response("x" * 5000, headers={"ETag": '"exe-valley.3"'}, media_type="text/plain")

    @router.get("/streamed")
    def streamed() -> StreamingResponse:
        return StreamingResponse(iter([b"a,b\n", b"1,2\n"]), media_type="text/csv")

    @router.get("/own-policy")
    def own_policy() -> HTMLResponse:
        return HTMLResponse("x", headers={"Content-Security-Policy": "script-src 'nonce-abc'"})

    return router


@pytest.fixture
def service() -> TestClient:
    return service_without_database(rooms(), max_upload_mb=1)


def post(service: TestClient, body: bytes, kind: str = "application/json") -> Any:
    return service.post("/api/v1/anything", content=body, headers={"Content-Type": kind})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": Infinity}', "not JSON"),
        (b'{"a": 1e999}', "infinity"),
        (b'{"a": "\xff"}', "UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "UTF-8"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": ', "not JSON"),
        (b'{"a": "\\u0000"}', "NUL"),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", "nested 33 deep; at most 32"),
        (b"[" * 400 + b"]" * 400, "nested 400 deep"),
        (b"[" * 100_000 + b"]" * 100_000, "not JSON"),
    ],
)
def test_a_body_that_is_not_plain_finite_json_is_400_with_the_reason(
    service: TestClient, body: bytes, said: str
) -> None:
    answer = post(service, body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/bad-body"
    assert said in answer.json()["detail"]


def test_depth_32_is_taken_and_brackets_in_texts_do_not_count(service: TestClient) -> None:
    deep = b'{"a":' + b"[" * 31 + b"]" * 31 + b"}"  # 1 object and 31 lists
    text = b'{"a": "' + b"[" * 100 + b'\\"[", "b": "\\\\u0000"}'
    assert post(service, deep).json() == {"keys": ["a"]}
    assert post(service, text, "application/geo+json").json() == {"keys": ["a", "b"]}


def test_the_fault_names_the_character_where_reading_stopped() -> None:
    with pytest.raises(BadBody, match=r"character 6\)"):
        check_json(b'{"a": nope}')


def test_json_is_taken_to_the_limit_and_refused_one_byte_above(service: TestClient) -> None:
    frame = b'{"a": ""}'
    fits = b'{"a": "' + b"x" * (MAX_JSON_BYTES - len(frame)) + b'"}'
    assert len(fits) == MAX_JSON_BYTES
    assert post(service, fits).status_code == 200
    refused = post(service, fits[:-2] + b'x"}')
    assert refused.status_code == 413
    assert refused.json()["detail"] == (
        "the body has at least 10000001 bytes; at most 10000000 are taken"
    )


def in_pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // 100_000):
        yield b" " * 100_000


def test_a_body_that_declares_no_length_is_counted_while_it_is_read(service: TestClient) -> None:
    answer = service.post(
        "/api/v1/anything",
        content=in_pieces(11_000_000),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413


def multipart(content: bytes) -> tuple[bytes, dict[str, str]]:
    head = b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    kind = "multipart/form-data; boundary=cut"
    return head + content + b"\r\n--cut--\r\n", {"Content-Type": kind}


def test_an_upload_over_the_setting_is_413_whether_or_not_it_says_its_length(
    service: TestClient,
) -> None:
    body, headers = multipart(b"x" * 1_000_000)  # the envelope takes it over 1 MB
    assert service.post("/api/v1/uploads", content=body, headers=headers).status_code == 413
    pieces = service.post("/api/v1/uploads", content=iter([body]), headers=headers)
    assert pieces.status_code == 413
    assert pieces.headers["content-type"] == "application/problem+json"
    small, headers = multipart(b"x" * 900_000)
    taken = service.post("/api/v1/uploads", content=iter([small]), headers=headers)
    assert taken.json() == {"bytes": 900_000}


def test_a_compressed_body_is_415(service: TestClient) -> None:
    answer = service.post("/api/v1/anything", content=b"x", headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415


def test_every_answer_carries_the_security_headers(service: TestClient) -> None:
    for path in ("/healthz", "/docs", "/nothing-here", "/api/v1/anything"):
        headers = service.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'self'"
        )


def test_a_route_with_a_policy_of_its_own_keeps_it(service: TestClient) -> None:
    answer = service.get("/api/v1/own-policy")
    assert answer.headers["content-security-policy"] == "script-src 'nonce-abc'"


def test_a_get_has_a_strong_etag_and_is_304_to_who_has_it(service: TestClient) -> None:
    first = service.get("/api/v1/long")
    tag = first.headers["etag"]
    assert tag.startswith('"')
    again = service.get("/api/v1/long", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert "content-length" not in again.headers
    assert service.get("/api/v1/long", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "coding"), [("gzip", "gzip"), ("gzip, br", "br"), ("br;q=0, gzip", "gzip"), ("*", "br")]
)  # fmt: skip
def test_the_codings_of_one_answer_have_different_tags(
    service: TestClient, accepted: str, coding: str
) -> None:
    plain = service.get("/api/v1/long", headers={"Accept-Encoding": "identity"})
    packed = service.get("/api/v1/long", headers={"Accept-Encoding": accepted})
    assert packed.headers["content-encoding"] == coding
    assert "Accept-Encoding" in packed.headers["vary"]
    assert plain.json() == packed.json()
    assert plain.headers["etag"] != packed.headers["etag"]
    versioned = service.get("/api/v1/versioned", headers={"Accept-Encoding": accepted})
    tag = f'"exe-valley.3-{coding}"'
    assert versioned.headers["etag"] == tag
    assert service.get("/api/v1/versioned", headers={"If-None-Match": tag}).status_code == 304


def test_an_answer_in_gzip_is_the_same_at_every_second(
    service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    for second in (1_000_000_000, 1_700_000_000):
        monkeypatch.setattr("gzip.time.time", lambda second=second: float(second))
        with service.stream("GET", "/api/v1/long", headers={"Accept-Encoding": "gzip"}) as answer:
            taken.append((answer.headers["etag"], b"".join(answer.iter_raw())))
    assert taken[0] == taken[1]
    assert b"abcabc" in gzip.decompress(taken[0][1])
    had = {"Accept-Encoding": "gzip", "If-None-Match": taken[0][0]}
    assert service.get("/api/v1/long", headers=had).status_code == 304


def test_a_stream_is_sent_on_unread_and_without_a_tag(service: TestClient) -> None:
    answer = service.get("/api/v1/streamed", headers={"Accept-Encoding": "identity"})
    assert answer.text == "a,b\n1,2\n"
    assert "etag" not in answer.headers


def test_a_problem_has_no_tag_and_is_never_304(service: TestClient) -> None:
    answer = service.get("/api/v1/none", headers={"If-None-Match": "*"})
    assert answer.status_code == 404
    assert "etag" not in answer.headers


@pytest.mark.parametrize("path", ["/api/v1/a%00b", "/api/v1/a%1fb", "/healthz?q=a%00"])
def test_control_characters_in_an_address_are_400(service: TestClient, path: str) -> None:
    assert service.get(path).status_code == 400


def rules(**chosen: Any) -> TrafficRules:
    return TrafficRules(service_without_database().app, Settings(data_dir=Path("/x"), **chosen))


@pytest.mark.parametrize(
    ("host", "is_taken"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("[::1]:8000", True),
        ("bounds", True),
        ("app.localhost", True),
        ("exe.gov.uk", False),
        ("", False),
        ("a@b", False),
        ("a/b", False),
        ("[::1", False),
    ],
)
def test_a_service_on_this_machine_refuses_foreign_names(host: str, is_taken: bool) -> None:
    assert rules().accepts_host(host) is is_taken


def test_the_services_own_name_is_taken_and_a_public_one_takes_any_name() -> None:
    own = rules(base_url="https://Bounds.Exe.gov.uk")
    assert own.accepts_host("bounds.exe.gov.uk")
    assert not own.accepts_host("evil.exe.gov.uk")
    assert rules(host="0.0.0.0").accepts_host("anything.example")
    assert service_without_database().get("/healthz", headers={"Host": "a.b"}).status_code == 400


def test_two_names_for_one_server_are_refused_though_both_are_its_own() -> None:
    twice = [("Host", "127.0.0.1"), ("Host", "localhost")]
    assert service_without_database().get("/healthz", headers=twice[:1]).status_code == 200
    assert service_without_database().get("/healthz", headers=twice).status_code == 400


def test_too_many_requests_say_when_to_come_back_and_health_is_never_refused(
    tmp_path: Path,
) -> None:
    service = service_without_database(rooms(), rate_limit_per_min=1, data_dir=tmp_path)
    assert service.get("/api/v1/long").status_code == 200
    refused = service.get("/api/v1/long", headers={"Authorization": "Bearer another"})
    assert refused.status_code == 429
    assert 55 <= int(refused.headers["retry-after"]) <= 61
    assert service.get("/healthz").status_code == 200


def test_where_hosts_are_listed_only_they_are_answered_and_health_to_whoever_watches() -> None:
    listed = rules(host="0.0.0.0", base_url="https://exe.gov.uk", hosts=("maps.exe.gov.uk",))
    for name, is_taken in (
        ("exe.gov.uk", True), ("Maps.Exe.gov.uk:443", True), ("10.0.0.7", False),
        ("evil.example", False), ("localhost", False),
    ):  # fmt: skip
        assert listed.accepts_host(name) is is_taken
    service = service_without_database(
        rooms(), host="0.0.0.0", hosts=("exe.gov.uk",), base_url="https://exe.gov.uk"
    )
    assert service.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    refused = service.get("/api/v1/long", headers={"Host": "10.0.0.7:8000"})
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems/bad-request")


def test_a_page_elsewhere_reads_only_where_its_site_is_listed() -> None:
    asked = {"Origin": "https://maps.example.org"}
    assert not [
        name
        for name in service_without_database(rooms()).get("/api/v1/long", headers=asked).headers
        if name.startswith("access-control")
    ]
    open_to_one = service_without_database(rooms(), cors_origins=("https://maps.example.org",))
    taken = open_to_one.get("/api/v1/long", headers=asked).headers
    assert taken["access-control-allow-origin"] == "https://maps.example.org"
    assert "Origin" in taken["vary"]
    assert "access-control-allow-credentials" not in taken
    other = open_to_one.get("/api/v1/long", headers={"Origin": "https://evil.example"}).headers
    assert "access-control-allow-origin" not in other
    wanted = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    assert open_to_one.options("/api/v1/anything", headers=asked | wanted).status_code == 200
    with_token = wanted | {"Access-Control-Request-Headers": "authorization"}
    assert open_to_one.options("/api/v1/anything", headers=asked | with_token).status_code == 400


def test_a_service_under_https_tells_browsers_to_stay_there() -> None:
    https = service_without_database(rooms(), base_url="https://exe.gov.uk")
    told = https.get("/healthz", headers={"Host": "exe.gov.uk"}).headers
    assert told["strict-transport-security"] == "max-age=31536000"
    assert "geolocation=()" in told["permissions-policy"]
    assert "strict-transport-security" not in service_without_database().get("/healthz").headers


@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"},
        {"X-Original-URL": "/docs"}, {"X-Rewrite-URL": "/docs"}, {"X-HTTP-Method-Override": "DELETE"},
        {"X-Forwarded-Prefix": "/evil"}, {"X-Forwarded-Scheme": "http"}, {"Range": "bytes=0-1"},
    ],
    ids=str,
)  # fmt: skip
def test_what_a_cache_may_keep_follows_from_the_address_alone(
    service: TestClient, header: dict[str, str]
) -> None:
    for path in ("/api/v1/long", "/docs", "/nothing", "/openapi.json"):
        plain, other = service.get(path), service.get(path, headers=header)
        for kept in (plain, other):
            del kept.headers["x-request-id"]
        assert (other.status_code, other.headers) == (plain.status_code, plain.headers)
        if plain.status_code == 200:
            assert other.content == plain.content


def test_no_rate_limit_is_set_by_default() -> None:
    service = service_without_database(rooms())
    assert {service.get("/api/v1/streamed").status_code for _ in range(50)} == {200}
