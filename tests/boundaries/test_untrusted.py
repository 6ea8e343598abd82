from __future__ import annotations

import math
import random
import threading
import time

import orjson
import pytest
import shapely
from shapely import Polygon, box

from boundaries import untrusted
from boundaries.errors import Invalid, Unavailable
from boundaries.methods.verdict import AuthorityLayer, judge_outline

HASTINGS = [[0.5, 50.84], [0.7, 50.84], [0.7, 50.92], [0.5, 50.92], [0.5, 50.84]]


def polygon(*rings: object) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


def comb(teeth: int, upright: bool) -> Polygon:
    """A valid comb of 4 x teeth + 3 vertices in 10 km."""
    step = 10_000 / teeth
    points = [(500_000.0, 200_000.0)]
    for tooth in range(teeth):
        x = tooth * step
        points += [(500_000 + x, 210_000), (500_000 + x + step / 2, 210_000)]
        points += [(500_000 + x + step / 2, 200_001), (500_000 + x + step, 200_001)]
    shape = Polygon([*points, (510_000, 200_000)])
    return (
        shape if upright else shapely.transform(shape, lambda p: p[:, ::-1] + [300_000, -300_000])
    )


def test_a_good_outline_is_moved_to_the_grid() -> None:
    outline = untrusted.parse_outline(polygon(HASTINGS))
    west, south, east, north = outline.bounds
    assert 575_000 < west < east < 592_000
    assert 107_000 < south < north < 118_000


def test_features_and_collections_are_taken_and_heights_dropped() -> None:
    lifted = [[*position, 12.0] for position in HASTINGS]
    feature = {"type": "Feature", "properties": {}, "geometry": polygon(lifted)}
    collection = {"type": "FeatureCollection", "features": [feature]}
    outline = untrusted.parse_outline(collection)
    assert outline.equals(untrusted.parse_outline(polygon(HASTINGS)))
    assert not outline.has_z


@pytest.mark.parametrize(
    ("geometry", "reason", "pointer"),
    [
        (None, "not a GeoJSON object", "/geometry"),
        ({"type": "Point", "coordinates": [0, 51]}, "not an area", "/geometry"),
        (polygon(), "empty", "/geometry/coordinates"),
        (polygon(HASTINGS[:-1]), "not closed", "/geometry/coordinates/0"),
        (polygon(HASTINGS[:2] + HASTINGS[:1]), "fewer than four", "/geometry/coordinates/0"),
        (polygon([*HASTINGS[:2], ["x", 1], HASTINGS[0]]), "finite", "/geometry/coordinates/0/2"),
        (polygon([*HASTINGS[:2], [True, 1], HASTINGS[0]]), "finite", "/geometry/coordinates/0/2"),
        (polygon([[y, x] for x, y in HASTINGS]), "swapped", "/geometry"),
        (polygon([[0, 51], [1, 52], [1, 51], [0, 52], [0, 51]]), "crosses itself", "/geometry"),
        (polygon([HASTINGS[0]] * 50_001), "more than 50,000", "/geometry/coordinates/0"),
    ],
)
def test_a_bad_outline_is_refused_where_it_is_bad(
    geometry: object, reason: str, pointer: str
) -> None:
    with pytest.raises(Invalid, match=reason) as caught:
        untrusted.parse_outline(geometry)
    assert caught.value.faults[0].pointer == pointer


def test_grid_metres_are_taken_when_said_and_recognised_when_not() -> None:
    metres = [[577e3, 108e3], [585e3, 108e3], [585e3, 113e3], [577e3, 113e3], [577e3, 108e3]]
    with pytest.raises(Invalid, match="send crs=EPSG:27700"):
        untrusted.parse_outline(polygon(metres))
    assert untrusted.parse_outline(polygon(metres), system="bng").area == 40e6


def test_the_24_kb_polygon_of_500_crossing_vertices_is_refused_within_a_second() -> None:
    rng = random.Random(500)
    ring = [[rng.uniform(-1, 1), rng.uniform(51, 52)] for _ in range(499)]
    body = orjson.dumps(polygon([*ring, ring[0]]))
    started = time.monotonic()
    with pytest.raises(Invalid, match="crosses itself at"):
        untrusted.parse_outline(untrusted.read_json_body(body))
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "body", [b'{"a": NaN}', b'{"a": 1e999}', b"\xff\xfe{}", b"{", b"[" * 33 + b"]" * 33]
)
def test_json_that_is_not_plain_is_refused(body: bytes) -> None:
    with pytest.raises(untrusted.Malformed):
        untrusted.read_json_body(body)


def test_the_limits_of_size_and_depth_are_inclusive() -> None:
    assert untrusted.read_json_body(b"[" * 32 + b"]" * 32)
    assert untrusted.read_json_body(b"[1]", max_bytes=3) == [1]
    with pytest.raises(untrusted.TooLarge):
        untrusted.read_json_body(b"[1]", max_bytes=2)


def test_the_subprocess_answers_as_this_process_does() -> None:
    layer = AuthorityLayer(
        ["E07000001", "E07000002", "E07000003"],
        ["West", "East", "Far"],
        [box(0, 0, 1e4, 1e4), box(1e4, 0, 2e4, 1e4), box(9e4, 0, 10e4, 1e4)],
    )
    outline = box(2_000, 2_000, 13_000, 7_000)
    assert untrusted.judge_uploaded_outline(outline, layer) == judge_outline(outline, layer)


@pytest.mark.slow
def test_two_valid_combs_are_stopped_and_cost_this_process_nothing() -> None:
    upright, lying = comb(1500, True), comb(1500, False)
    assert upright.is_valid
    assert lying.is_valid
    assert shapely.get_num_coordinates(upright) == 6_003
    layer = AuthorityLayer(["E07000001"], ["Comb"], [lying])
    started = time.monotonic()
    with pytest.raises(untrusted.TooComplex, match=r"too complex to measure in (5|15) s"):
        untrusted.judge_uploaded_outline(upright, layer)
    # About 3 s alone; however busy the machine, the wall clock's limit of 15 s ends it.
    assert time.monotonic() - started < 18


@pytest.mark.slow
def test_the_limits_of_time_and_memory_each_stop_it() -> None:
    blobs = [shapely.to_wkb(comb(1500, True)), shapely.to_wkb(comb(1500, False))]
    with pytest.raises(untrusted.TooComplex):
        untrusted.run_limited("overlap_areas", {}, blobs, cpu_s=1, memory_mb=16_000)
    with pytest.raises(untrusted.TooComplex):
        untrusted.run_limited("overlap_areas", {}, blobs, cpu_s=60, memory_mb=300, wall_s=60)
    with pytest.raises(untrusted.TooComplex, match=r"in 0\.2 s"):
        untrusted.run_limited("overlap_areas", {}, blobs, wall_s=0.2)


def test_the_eleventh_at_once_is_turned_away() -> None:
    gate = untrusted._Gate(workers=2, queue=8)
    leave = threading.Event()
    inside = threading.Barrier(3)

    def stay() -> None:
        with gate.place(wait_s=5):
            inside.wait(timeout=5)
            leave.wait(timeout=5)

    def queue() -> None:
        with gate.place(wait_s=5):
            pass

    people = [threading.Thread(target=stay) for _ in range(2)]
    for person in people:
        person.start()
    inside.wait(timeout=5)
    waiting = [threading.Thread(target=queue) for _ in range(8)]
    for person in waiting:
        person.start()
    deadline = time.monotonic() + 5
    while gate._places._value and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(Unavailable, match="too many"), gate.place(wait_s=5):
        pass
    leave.set()
    for person in [*people, *waiting]:
        person.join(timeout=5)
    with gate.place(wait_s=0.1):
        pass


def test_a_message_survives_the_way_and_a_cut_one_is_noticed() -> None:
    from boundaries.untrusted_worker import pack, unpack

    message = pack({"a": 1}, [b"x\ny", b""])
    assert unpack(message) == ({"a": 1}, [b"x\ny", b""])
    with pytest.raises(ValueError, match="cut off"):
        unpack(message[:-1])


def test_infinity_is_no_coordinate() -> None:
    bad = polygon([*HASTINGS[:2], [math.inf, 1], HASTINGS[0]])
    with pytest.raises(Invalid, match="finite"):
        untrusted.parse_outline(bad)
