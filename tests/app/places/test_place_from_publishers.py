"""Hastings and Rother from a local publisher alone: the six files, made of the mirror's copies, and no mirror."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, func, select, table
from sqlalchemy.orm import Session

from app.dependencies import today
from app.findings.gather import Findings, find_ground, gather, read_asked
from app.main import create_app
from app.places.load import NoMirror, UnknownPlace, load_place, make_ready
from app.settings import Settings
from app.sources.published import LINKED_BY, SIX_FILES, OtherCopyLoaded, Publishers
from app.sources.publishers.refusals import PublisherUnavailable
from boundaries.crs import to_bng
from boundaries.methods.locate import areas_of_points
from boundaries.sources.postcodes import tidy_postcodes
from boundaries.tables import Membership, Postcode, Release, Succession, Weight
from tests.app.sources.conftest import HURRIED
from tests.app.sources.publisher_server import (
    PublishedFile,
    PublishedLayer,
    PublisherServer,
    publishing,
)
from tests.support.databases import ClusterForTests
from tests.support.engines import open_engine
from tests.support.places import PLACE, quiet

if TYPE_CHECKING:
    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow
SLUG = "hastings-and-rother"
# East Sussex, Brighton, and the districts of Kent beside Rother.
AROUND = (
    "E07000061", "E07000062", "E07000063", "E07000064", "E07000065", "E06000043", "E07000105", "E07000112",
    "E07000116",
)  # fmt: skip
ADDRESSES = {
    "lad-2025-05-bgc": "/LAD_MAY_2025/FeatureServer/0", "lsoa-2011-12-bfc": "/LSOA_2011/FeatureServer/0",
    "lsoa-2021-12-bgc": "/LSOA_2021/FeatureServer/0", "imd-2019": "/media/File_7_2019.csv",
    "imd-2025": "/media/File_7_2025.csv", "code-point-open": "/downloads/codepo_gb.zip",
}  # fmt: skip


def features(path: Path, code: str, name: str, keep: set[str] | None) -> list[dict[str, Any]]:
    """Give a layer of the mirror as the publisher's answers have it: GeoJSON in British National Grid."""
    filters = None if keep is None else [(code, "in", sorted(keep))]
    frame = gpd.read_parquet(path, columns=[code, name, "geometry"], filters=filters)
    metres = to_bng(np.asarray(frame.geometry.array, dtype=object))
    return [
        {
            "type": "Feature", "id": at, "geometry": orjson.loads(outline),
            "properties": {code: row[0], name: row[1], "OBJECTID": at},
        }
        for at, (row, outline) in enumerate(
            zip(frame[[code, name]].itertuples(index=False), shapely.to_geojson(metres), strict=True)
        )
    ]  # fmt: skip


def homes(path: Path, code: str, district: str) -> set[str]:
    frame = pd.read_parquet(path, columns=[code, district])
    return set(frame[code][frame[district].isin(AROUND)])


def code_point_open(mirror: Path) -> bytes:
    """Pack the postcodes of TN and BN as Ordnance Survey does; every tenth has lost its district."""
    listed = pd.read_parquet(mirror / "lookups/code_point_open_england_wales.parquet")
    listed = listed[listed["postcode"].str.match("(TN|BN)[0-9]")]
    known = pd.read_parquet(
        mirror / "boundaries/postcodes_england_onspd_nov2025.parquet", columns=["pcd", "laua"],
        filters=[[("pcd", ">=", area), ("pcd", "<", f"{area}Z")] for area in ("BN", "TN")],
    )  # fmt: skip
    home = dict(zip(tidy_postcodes(known["pcd"]).to_pylist(), known["laua"], strict=True))
    wards = gpd.read_parquet(
        mirror / "boundaries/wd_2025_bgc.parquet", filters=[("LAD25CD", "in", AROUND)]
    )
    outlines = to_bng(np.asarray(wards.geometry.array, dtype=object))
    points = shapely.points(listed[["easting", "northing"]].to_numpy(float))
    of_ward, _ = areas_of_points(
        wards["WD25CD"].to_numpy(dtype=object), outlines, points, reach_m=0
    )
    sheets: dict[str, list[str]] = {"tn": [], "bn": []}
    for at, row in enumerate(listed.itertuples()):
        district = "" if at % 10 == 0 else home.get(row.postcode, "")
        sheets[row.postcode[:2].lower()].append(
            f'"{row.postcode}",{row.positional_quality},{row.easting},{row.northing},"E92000001","","","",'
            f'"{district}","{of_ward[at] or ""}"'
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in sheets.items():
            archive.writestr(f"Data/CSV/{name}.csv", "\r\n".join(rows) + "\r\n")
    return packed.getvalue()


def publish(server: PublisherServer, mirror: Path) -> None:
    """Let the server have all districts, the small areas and postcodes around, and both File 7 whole."""
    drawn = mirror / "boundaries"
    lookups = drawn / "lookups"
    here11 = homes(
        lookups / "lsoa11_msoa11_lad18_19_20_21_utla21_rgn21.parquet", "lsoa11_code", "ltla21_code"
    )
    here21 = homes(
        lookups / "lsoa21_msoa21_lad22_rgn22_wd24_lad24.parquet", "LSOA21CD", "ltla24_code"
    )
    for dataset_id, path, code, name, keep in (
        ("lad-2025-05-bgc", "lad_2025_bgc_quantised.parquet", "LAD25CD", "LAD25NM", None),
        ("lsoa-2011-12-bfc", "lsoa_2011_bgc.parquet", "LSOA11CD", "LSOA11NM", here11),
        ("lsoa-2021-12-bgc", "lsoa_2021_bgc.parquet", "LSOA21CD", "LSOA21NM", here21),
    ):
        server.layers[ADDRESSES[dataset_id]] = PublishedLayer(
            features(drawn / path, code, name, keep), code
        )
    for dataset_id, file in (
        ("imd-2019", "iod2019_lsoa11_file7_rebuilt.csv.gz"),
        ("imd-2025", "iod2025_lsoa21_file7_no_denominators.csv.gz"),
    ):
        content = gzip.decompress((mirror / "indicators" / file).read_bytes())
        server.files[ADDRESSES[dataset_id]] = PublishedFile(content)
    zipped = PublishedFile(code_point_open(mirror), "application/zip")
    server.files[ADDRESSES["code-point-open"]] = zipped


@dataclass
class Loaded:
    engine: Engine
    settings: Settings
    server: PublisherServer
    publishers: Publishers
    slug: str
    said: list[str]


@pytest.fixture(scope="module")
def loaded(
    cluster: ClusterForTests,
    template_database: str,
    mirror: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loaded]:
    """Hastings and Rother, loaded as `bounds up` does it without a mirror."""
    url = cluster.clone(template_database)
    engine = open_engine(url, statement_timeout_s=120)
    settings = Settings(data_dir=tmp_path_factory.mktemp("published"))
    said: list[str] = []
    with publishing() as server:
        publish(server, mirror)
        at = {dataset_id: server.at(path) for dataset_id, path in ADDRESSES.items()}
        publishers = Publishers(at, HURRIED)
        slug = make_ready(engine, settings, PLACE, said.append, publishers)
        yield Loaded(engine, settings, server, publishers, slug, said)
    engine.dispose()
    cluster.drop(url)


@pytest.fixture(scope="module")
def found(loaded: Loaded) -> Findings:
    with Session(loaded.engine) as session:
        ground = find_ground(session, slug=loaded.slug, councils=None, day=today())
        asked = read_asked(session, ground, index_id=None, worst=None, rule=None)
        return gather(session, ground, asked, today())


@pytest.fixture(scope="module")
def pages(loaded: Loaded) -> Iterator[TestClient]:
    from starlette.testclient import TestClient

    with TestClient(create_app(loaded.settings, loaded.engine)) as opened:
        yield opened


def counts(engine: Engine) -> dict[str, int]:
    tables = ("areas", "boundaries", "memberships", "successions", "postcodes", "weights", "index_values",
              "partnerships", "designations", "dataset_fetches")  # fmt: skip
    counted = {name: select(func.count()).select_from(table(name)) for name in tables}
    with Session(engine) as session:
        return {name: session.scalar(query) or 0 for name, query in counted.items()}


def test_eighteen_of_111_small_areas_are_in_the_worst_tenth(found: Findings) -> None:
    summary = found.summary
    assert (summary["areas_selected"], summary["areas_total"]) == (18, 111)
    assert summary["people_source"] == "mid-2015, excluding prisoners"
    assert (summary["people_selected"], summary["people_total"]) == (30_382, 185_129)


def test_the_list_of_2025_has_21(found: Findings) -> None:
    assert found.compared is not None
    told = found.compared.as_plain()["counts"]
    assert isinstance(told, dict)
    assert (told["areas_old"], told["areas_new"], told["kept"]) == (18, 21, 18)


def test_the_verdict_is_a_union_of_two_districts_whose_shares_sum_to_100(found: Findings) -> None:
    aligned = found.alignment
    assert aligned["verdict"] == "union-of"
    lower = [row for row in aligned["authorities"] if row["tier"] == "lower"]
    assert [row["code"] for row in lower] == ["E07000062", "E07000064"]
    assert round(100 * sum(row["share_of_partnership"] for row in lower), 6) == 100
    assert round(100 * sum(row["population_share_of_partnership"] for row in lower), 6) == 100
    assert "East Sussex" not in aligned["sentence"]


def test_nothing_is_said_of_a_county_that_is_not_loaded(found: Findings) -> None:
    assert found.alignment["by_tier"] == {"lower": "union-of", "upper": "cannot-tell"}
    assert any("county" in words for words in found.alignment["warnings"])


def test_every_page_answers_and_none_says_mid_2020(loaded: Loaded, pages: TestClient) -> None:
    place = f"/partnerships/{loaded.slug}"
    for address in ("/", "/data", place, f"{place}/priorities", f"{place}/resources", f"{place}/map",
                    "/areas/E07000062", "/areas/E01020969", "/search?q=TN34%201AA"):  # fmt: skip
        answer = pages.get(address, headers={"Accept": "text/html"})
        assert answer.status_code == 200, (address, answer.text[:300])
        # The catalogue on /data lists files of mid-2020 as what they are: not loaded.
        assert address == "/data" or "mid-2020" not in answer.text, address
    page = pages.get(place, headers={"Accept": "text/html"}).text
    said = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "18 of 111 small areas in Hastings and Rother" in said
    assert "mid-2015, excluding prisoners" in said


def test_touching_areas_of_one_ward_are_one_neighbourhood_named_by_the_wards_code(
    found: Findings,
) -> None:
    groups = found.designated.groups.groups
    assert 5 < len(groups) < 18
    assert all(re.match("E05[0-9]{6}", name) for name in groups["name"])


def test_no_household_and_no_money_is_made_up(loaded: Loaded, found: Findings) -> None:
    assert found.ledger.lines == []
    with Session(loaded.engine) as session:
        kinds = set(session.scalars(select(Weight.measure).distinct()))
    # File 7 brings the people that its own index was weighed by.
    assert {kind for kind in kinds if not kind.startswith("imd-2019-")} == {"people", "postcodes"}


def test_people_are_conserved_and_those_of_2021_are_marked(loaded: Loaded) -> None:
    with Session(loaded.engine) as session:
        rows = session.execute(
            select(Weight.area_set, func.sum(Weight.value), func.bool_or(Weight.estimated))
            .where(Weight.measure == "people", Weight.area_set != "lad")
            .group_by(Weight.area_set)
        ).all()
        district = session.scalar(
            select(func.sum(Weight.value)).where(
                Weight.area_set == "lad", Weight.code.in_(["E07000062", "E07000064"])
            )
        )
    assert {tuple(row) for row in rows} == {
        ("lsoa-2011", 185_129, False), ("lsoa-2021", 185_129, True),
    }  # fmt: skip
    assert district == 185_129


def test_small_areas_are_linked_as_the_official_lookup_links_them(
    loaded: Loaded, mirror: Path
) -> None:
    columns = ["lsoa11_code", "lsoa21_code", "change_code"]
    official = pd.read_parquet(mirror / "lookups/lsoa11_lsoa21_ltla22.parquet", columns=columns)
    kinds = {"U": "unchanged", "S": "split", "M": "merged", "X": "complex"}
    with Session(loaded.engine) as session:
        told = session.execute(
            select(Succession.old_code, Succession.new_code, Succession.kind, Succession.source)
        ).all()
    here = official[official["lsoa11_code"].isin([row[0] for row in told])].drop_duplicates()
    assert {tuple(row[:3]) for row in told} == {
        (row.lsoa11_code, row.lsoa21_code, kinds[row.change_code]) for row in here.itertuples()
    }
    assert len(told) > 100
    assert {row[3] for row in told} == {LINKED_BY}


def test_a_postcode_without_a_district_of_today_has_that_of_its_outline(
    loaded: Loaded, mirror: Path
) -> None:
    with Session(loaded.engine) as session:
        rows = session.execute(
            select(Postcode.postcode, Postcode.lad_code, Postcode.lsoa11_code, Postcode.status)
        ).all()
    known = pd.read_parquet(
        mirror / "boundaries/postcodes_england_onspd_nov2025.parquet", columns=["pcd", "laua"],
        filters=[("laua", "in", ["E07000062", "E07000064"])],
    )  # fmt: skip
    home = dict(zip(tidy_postcodes(known["pcd"]).to_pylist(), known["laua"], strict=True))
    assert {row[3] for row in rows} == {"current"}
    assert all(row[2] for row in rows)
    same = sum(home.get(row[0]) == row[1] for row in rows)
    assert same / len(rows) > 0.995
    assert any("by the outline of their district" in words for words in loaded.said)


def test_small_areas_belong_by_the_files_exactly_and_are_drawn_by_what_was_downloaded(
    loaded: Loaded,
) -> None:
    with Session(loaded.engine) as session:
        lookups = session.execute(
            select(Membership.lookup, Membership.method, func.count()).group_by(
                Membership.lookup, Membership.method
            )
        ).all()
        releases = {row.id: row for row in session.scalars(select(Release))}
    assert {(row[0], row[1]) for row in lookups} == {
        ("lsoa11-file7-2019", "exact"), ("lsoa21-file7-2025", "exact"),
        ("lsoa11-postcodes", "best-fit"), ("lsoa21-postcodes", "best-fit"),
    }  # fmt: skip
    assert releases["lsoa-2011-12-bfc"].partial
    assert releases["lsoa-2021-12-bgc"].partial
    assert not releases["lad-2025-05-bgc"].partial
    assert releases["lad-2025-05-bgc"].features_stored == 296


@pytest.mark.national
def test_a_second_start_asks_no_publisher_and_changes_nothing(loaded: Loaded) -> None:
    before, asked = counts(loaded.engine), len(loaded.server.asked)
    again = make_ready(loaded.engine, loaded.settings, PLACE, quiet, loaded.publishers)
    assert again == loaded.slug
    assert len(loaded.server.asked) == asked
    assert counts(loaded.engine) == before
    assert before["dataset_fetches"] == len(SIX_FILES)


def test_another_place_is_loaded_from_what_was_downloaded(loaded: Loaded) -> None:
    asked = len(loaded.server.asked)
    slug = make_ready(loaded.engine, loaded.settings, "BN21 1AA", quiet, loaded.publishers)
    assert (slug, len(loaded.server.asked)) == ("eastbourne", asked)


def test_a_mirrors_copies_are_not_mixed_with_the_publishers_and_the_way_out_is_told(
    loaded: Loaded, mirror: Path
) -> None:
    with Session(loaded.engine) as session, pytest.raises(OtherCopyLoaded) as told:
        load_place(session, mirror, PLACE, quiet)
    assert "bounds releases withdraw lad-2025-05-bgc --commit" in told.value.detail


def test_a_mirror_that_is_no_folder_is_refused_and_no_publisher_is_asked(
    loaded: Loaded, tmp_path: Path
) -> None:
    asked = len(loaded.server.asked)
    settings = replace(loaded.settings, mirror=tmp_path / "not here")
    with pytest.raises(NoMirror, match="is no folder"):
        make_ready(loaded.engine, settings, PLACE, quiet, loaded.publishers)
    assert len(loaded.server.asked) == asked


@pytest.fixture
def empty(cluster: ClusterForTests, template_database: str) -> Iterator[Engine]:
    url = cluster.clone(template_database)
    yield open_engine(url)
    cluster.drop(url)


def test_an_unknown_place_is_refused_before_the_large_files_are_asked_for(
    loaded: Loaded, empty: Engine, tmp_path: Path
) -> None:
    settings = replace(loaded.settings, data_dir=tmp_path)
    asked = len(loaded.server.asked)
    with pytest.raises(UnknownPlace, match=r"Hastings \(E07000062\)"):
        make_ready(empty, settings, "Hasings", quiet, loaded.publishers)
    later = {each.path.removesuffix("/query") for each in loaded.server.asked[asked:]}
    assert later == {ADDRESSES["lad-2025-05-bgc"]}
    held = {name for name, rows in counts(empty).items() if rows}
    assert held == {"dataset_fetches"}


@pytest.mark.parametrize("has_empty_mirror", [False, True])
def test_without_mirror_and_network_one_line_names_the_address_and_nothing_is_stored(
    empty: Engine, tmp_path: Path, has_empty_mirror: bool
) -> None:
    nowhere = "http://127.0.0.1:9/LAD/FeatureServer/0"
    publishers = Publishers({"lad-2025-05-bgc": nowhere}, HURRIED)
    settings = Settings(data_dir=tmp_path, mirror=tmp_path if has_empty_mirror else None)
    said: list[str] = []
    with pytest.raises(PublisherUnavailable) as told:
        make_ready(empty, settings, PLACE, said.append, publishers)
    assert any("not in BOUNDS_MIRROR" in words for words in said) == has_empty_mirror
    assert told.value.detail.startswith(f"{nowhere} could not be reached")
    assert "\n" not in told.value.detail
    assert not any(counts(empty).values())
