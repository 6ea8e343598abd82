"""What the service refuses of a file the command line refuses too: by its exit code, with each fault on a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import geopandas as gpd
import numpy as np
import orjson
import pytest
import rasterio
from click.testing import CliRunner
from rasterio.transform import from_origin
from sqlalchemy import Engine
from typer.main import get_command

from app import cli
from app.rasters import stored
from boundaries.crs import BNG
from boundaries.errors import BoundsError
from tests.contracts.refusal_cases import (
    BOMB,
    BOW_TIE,
    GRID_METRES,
    LAUGHS,
    SWAPPED,
    VRT,
    WMS,
    XXE,
    link,
    star,
    zipped,
)

pytestmark = pytest.mark.slow
ENVIRONMENT, USAGE, REFUSED, NOT_FOUND = 1, 2, 3, 4
WARDS = "import boundaries {file} --type wd --release 2030-05-01"
RASTER = (
    "import raster {file} --id r --title R --unit people --nature extensive --nodata-means nobody"
)
VALUES = (
    "import indicators {file} --id jobs --code-column code --value n --unit people --direction higher-is-worse"
    " --nature extensive --release lsoa-2021 --period 2020"
)
REBASE = "rebase {file} --from lsoa-2011 --to lsoa-2021 -o {file}.out"
RASTER_VRT = b"<VRTDataset><SourceFilename>/etc/passwd</SourceFilename></VRTDataset>"
ALIGN = "align --geometry {file}"


class Case(NamedTuple):
    """A command, the file that it is given, its exit code and words of what is said."""

    words: str
    file: str
    content: bytes
    code: int
    said: str


CASES = {
    "crosses itself": Case(ALIGN, "a.geojson", orjson.dumps(BOW_TIE), REFUSED, "crosses itself at"),
    "crosses itself 500 times": Case(ALIGN, "a.geojson", orjson.dumps(star(501)), REFUSED, "crosses itself at"),
    "grid metres": Case(ALIGN, "a.geojson", orjson.dumps(GRID_METRES), REFUSED, "British National Grid"),
    "turned round": Case(ALIGN, "a.geojson", orjson.dumps(SWAPPED), REFUSED, "swapped"),
    "not JSON": Case(ALIGN, "a.geojson", b"{nope", REFUSED, "JSON"),
    "NaN": Case(ALIGN, "a.geojson", b'{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', REFUSED, "JSON"),
    "too deep": Case(ALIGN, "a.geojson", b"[" * 400 + b"]" * 400, REFUSED, "deep"),
    "no file": Case("align --geometry {file}x", "a.geojson", b"{}", NOT_FOUND, "no file"),
    "zip upwards": Case(WARDS, "a.zip", zipped(("../evil.shp", b"x")), REFUSED, "outside the archive"),
    "zip absolute": Case(WARDS, "a.zip", zipped(("/etc/evil.shp", b"x")), REFUSED, "absolute"),
    "zip backslash": Case(WARDS, "a.zip", zipped(("a\\b.shp", b"x")), REFUSED, "backslash"),
    "zip link": Case(WARDS, "a.zip", zipped((link(), b"/etc/passwd")), REFUSED, "symbolic link"),
    "zip of 101": Case(WARDS, "a.zip", zipped(*((f"f{n}.dbf", b"") for n in range(101))), REFUSED, "101 entries"),
    "zip that grows": Case(WARDS, "a.zip", zipped(("a.shp", b"\0" * (2 << 20))), REFUSED, "more than 100 times"),
    "zip in a zip": Case(WARDS, "a.zip", zipped(("b.zip", zipped())), REFUSED, "archive lies in the archive"),
    "VRT": Case(WARDS, "a.geojson", VRT, REFUSED, ""),
    "WMS": Case(WARDS, "a.gpkg", WMS, REFUSED, ""),
    "entity of a file": Case("neighbourhood import {file} --reason r", "a.kml", XXE, REFUSED, ""),
    "a million laughs": Case("neighbourhood import {file} --reason r", "a.kml", LAUGHS, REFUSED, ""),
    "raster VRT": Case(RASTER, "a.tif", RASTER_VRT, REFUSED, ""),
    "raster WMS": Case(RASTER, "a.tif", WMS, REFUSED, ""),
    "CSV without its column": Case(VALUES, "a.csv", b"a,b\n1,2\n", REFUSED, "code"),
    "CSV of NUL": Case(REBASE, "a.csv", b"\0\1", REFUSED, "text"),
    "CSV that grows": Case("doctor csv {file}", "a.csv.gz", BOMB, REFUSED, "100 times"),
    "unknown area": Case("areas show X99999999", "a", b"", NOT_FOUND, "X99999999"),
    "unknown option": Case("areas show --nonsense", "a", b"", USAGE, "nonsense"),
}  # fmt: skip


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command of `bounds` as it is typed."""
    waiting: list[tuple[str, Any]] = [("", get_command(cli.app))]
    while waiting:
        words, command = waiting.pop()
        inner = getattr(command, "commands", None)
        if inner is not None:
            waiting += [(f"{words} {name}".strip(), each) for name, each in inner.items()]
        yield words, command


COMMANDS = dict(commands())


def run(engine: Engine, words: str, path: Path) -> tuple[int, str]:
    """Run a command; its exit code and what it says on standard error."""
    name = max((each for each in COMMANDS if words.startswith(f"{each} ")), key=len)
    given = [part.format(file=path) for part in words.removeprefix(name).split()]
    done = CliRunner().invoke(COMMANDS[name], given, obj=lambda: engine)
    if isinstance(done.exception, BoundsError):
        told = [done.exception.detail, *(fault.as_line() for fault in done.exception.faults)]
        return cli.exit_code_of(done.exception), "\n".join(told)
    if isinstance(done.exception, OSError):
        return ENVIRONMENT, str(done.exception)
    return done.exit_code, done.output


@pytest.fixture(autouse=True)
def _own_rasters(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As `bounds` names the folder before any command."""
    monkeypatch.setattr(stored, "_folder", tmp_path_factory.mktemp("rasters"))


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_with_its_exit_code_and_its_words(
    demo_engine: Engine, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    path = tmp_path / case.file
    path.write_bytes(case.content)
    code, said = run(demo_engine, case.words, path)
    assert (code, case.said in said) == (case.code, True), said
    assert "root:" not in said
    assert {each.name for each in tmp_path.iterdir()} == {case.file}


def test_a_raster_over_its_bound_without_a_system_or_turned_is_refused(
    demo_engine: Engine, tmp_path: Path
) -> None:
    plain: dict[str, Any] = {
        "driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:27700",
        "transform": from_origin(0, 1e6, 10, 10), "width": 2, "height": 2,
    }  # fmt: skip
    turned = rasterio.Affine(7, 7, 0, 7, -7, 0)
    for name, over, said in (
        ("vast", {"width": 100_000, "height": 100_000, "sparse_ok": True, "tiled": True}, "100,000 x 100,000"),
        ("nowhere", {"crs": None}, "coordinate"),
        ("turned", {"transform": turned}, "rotated"),
    ):  # fmt: skip
        path = tmp_path / f"{name}.tif"
        with rasterio.open(path, "w", **{**plain, **over}) as made:
            if name != "vast":
                made.write(np.ones((1, 2, 2), dtype="uint8"))
        code, told = run(demo_engine, RASTER, path)
        assert (code, said in told) == (REFUSED, True), told


def test_boundaries_of_an_empty_or_doubled_layer_name_the_feature(
    demo_engine: Engine, tmp_path: Path
) -> None:
    frame = gpd.GeoDataFrame(
        {"WD25CD": ["E05000001", "E05000001"], "WD25NM": ["A", "B"]},
        geometry=gpd.points_from_xy([1, 2], [1, 2]).buffer(1), crs=BNG,
    )  # fmt: skip
    frame.to_file(tmp_path / "a.gpkg", layer="one")
    code, told = run(demo_engine, WARDS, tmp_path / "a.gpkg")
    assert code == REFUSED
    assert "E05000001" in told
    frame.to_file(tmp_path / "a.gpkg", layer="two", mode="a")
    code, told = run(demo_engine, WARDS, tmp_path / "a.gpkg")
    assert (code, "two" in told) == (REFUSED, True), told
