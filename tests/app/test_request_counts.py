"""The counts for monitoring: bounded, cumulative, without addresses."""

from __future__ import annotations

from app.request_counts import RequestCounts, route_class
from tests.support.small_apps import service_without_database


def test_times_are_counted_into_every_bucket_they_fit() -> None:
    counts = RequestCounts()
    for seconds in (0.05, 0.3, 99.0):
        counts.add("GET", "/api/v1/areas", 200, seconds)
    lines = counts.as_text(is_database_up=True).splitlines()
    # 0.05 is on the first edge, which counts it; 0.3 comes in with 0.5; 99 only with +Inf.
    for edge, count in [("0.05", 1), ("0.25", 1), ("0.5", 2), ("10", 2), ("+Inf", 3)]:
        assert f'bounds_request_seconds_bucket{{route="api",le="{edge}"}} {count}' in lines
    assert 'bounds_request_seconds_sum{route="api"} 99.350000' in lines
    assert 'bounds_request_seconds_count{route="api"} 3' in lines
    assert 'bounds_requests_total{method="GET",route="api",status="200"} 3' in lines
    assert "bounds_database_up 1" in lines


def test_made_up_methods_and_addresses_make_no_new_lines() -> None:
    counts = RequestCounts()
    for number in range(50):
        counts.add(f"METHOD{number}", "none", 405, 0.01)
    told = counts.as_text(is_database_up=False)
    assert 'bounds_requests_total{method="other",route="none",status="405"} 50' in told
    assert "METHOD" not in told
    assert "bounds_database_up 0" in told


def test_routes_are_told_apart_by_class() -> None:
    classes = [route_class(r) for r in ("/api/v1/areas/{code}", "/static", "/search", "none")]
    assert classes == ["api", "static", "page", "none"]


def test_the_service_tells_its_counts_while_the_database_is_down() -> None:
    service = service_without_database()
    service.get("/api/v1/lookup/postcode/TN34%201AA")
    service.get("/nothing")
    answer = service.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "bounds_database_up 0" in answer.text
    assert 'bounds_requests_total{method="GET",route="api",status="503"} 1' in answer.text
    assert 'bounds_requests_total{method="GET",route="none",status="404"} 1' in answer.text
    assert "TN34" not in answer.text
