"""The catalogue against the files it names, the list of publishers' addresses, and its own rules."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import openpyxl
import pyogrio
import pytest
from pyarrow import parquet

from app.indicators.definitions import definitions
from app.sources.catalogue import (
    GROUPS,
    CatalogueInvalid,
    Dataset,
    UnknownDataset,
    catalogue,
    get_dataset,
    group,
    read_catalogue,
)
from boundaries.sources.layers import ons_attribution

REPOSITORY = Path(__file__).resolve().parents[3]
ENTRY = """
[[dataset]]
id = "wards"
kind = "boundaries"
title = "Wards"
publisher = "Somebody"
release = "May 2025"
licence = "A licence"
attribution = "ons"
service = "WD_MAY_2025_UK_BGC"
"""
WITH_LAYER = (
    ENTRY
    + """
path = "wards.gpkg"
reader = "layer"
[dataset.layer]
area_type = "wd"
code_column = "WD25CD"
published_on = 2025-05-31
resolution = "bgc"
tolerance_m = 20.0
"""
)


def read(tmp_path: Path, *texts: str) -> dict[str, Dataset]:
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.toml").write_text(text)
    return dict(read_catalogue(tmp_path))


def test_an_entry_takes_its_files_defaults_and_short_forms(tmp_path: Path) -> None:
    told = read(tmp_path, '[defaults]\nquality = "best-fit"\n' + ENTRY)["wards"]
    assert told.quality == "best-fit"
    assert told.attribution == ons_attribution(2025)
    assert told.address is not None
    assert told.address.endswith("/services/WD_MAY_2025_UK_BGC/FeatureServer/0")


def test_a_layer_takes_its_name_and_file_from_its_dataset(tmp_path: Path) -> None:
    layer = read(tmp_path, WITH_LAYER)["wards"].layer
    assert layer is not None
    assert (layer.id, layer.title, layer.path) == ("wards", "Wards", "wards.gpkg")
    assert (layer.name_column, layer.whole, layer.national) == (None, True, False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ENTRY + 'colour = "red"', "0.toml, wards: unknown key colour"),
        (WITH_LAYER + 'colour = "red"', "0.toml, wards: unknown key colour"),
        (WITH_LAYER + 'quality = "official"', "0.toml, wards: its layer repeats quality"),
        (ENTRY.replace('title = "Wards"', ""), "0.toml, wards: title is missing"),
        (WITH_LAYER.replace('area_type = "wd"', ""), "0.toml, wards: area_type is missing"),
        (ENTRY + 'quality = "good"', "quality is 'good', not one of official"),
        (ENTRY + 'groups = ["wales"]', "a group is 'wales', not one of england"),
        (ENTRY.replace('"wards"', '"Wards 2025"'), "its id is not small letters"),
        (ENTRY.replace("service", "note"), "neither a path nor an address"),
        (ENTRY + 'fetch = "file"', "what is fetched needs an address and a reader"),
        (ENTRY + 'reader = "index"', "neither from the mirror nor by download"),
        (ENTRY + 'path = "x.gpkg"\nreader = "layer"', "a layer and the reader `layer` go together"),
        (ENTRY.replace("May 2025", "newest"), "its release 'newest' names no year"),
        (ENTRY + ENTRY, "0.toml, wards: another entry has this id"),
        ("[[datasets]]\n", "0.toml: unknown table datasets"),
        ("title =", "0.toml is not TOML"),
    ],
)
def test_a_fault_is_refused_by_file_and_entry(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(CatalogueInvalid) as refused:
        read(tmp_path, text)
    assert told in refused.value.detail


def test_one_id_in_two_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueInvalid, match=r"1\.toml, wards: another entry"):
        read(tmp_path, ENTRY, ENTRY)


def test_names_that_are_not_there_are_not_found() -> None:
    with pytest.raises(UnknownDataset, match="no dataset 'lad-1066'"):
        get_dataset("lad-1066")
    with pytest.raises(UnknownDataset, match="there are england, england-2001"):
        group("wales")


# The outlines of December 2011 stand for those of April 2012 too, under the codes of that year. Files of
# the Indices, of people and of households are read again for what stands beside their main figures.
READ_AGAIN = {
    "indicators/id2000_ward98.csv.gz", "indicators/iod2004_lsoa01.parquet",
    "indicators/iod2007_lsoa01.parquet", "indicators/iod2010_lsoa01.parquet",
    "indicators/iod2015_lsoa11.parquet", "indicators/iod2019_lsoa11_file7_rebuilt.csv.gz",
    "indicators/iod2025_lsoa21_file7_no_denominators.csv.gz",
    "indicators/census2011_households_deprivation_dimensions_lsoa11.parquet",
    "indicators/census2021_households_deprivation_dimensions_lsoa21.parquet",
    "indicators/population_lsoa11_midyear_2017_2019_2020.parquet",
}  # fmt: skip
TWICE = {"path": {"boundaries/lad_2011_gen.parquet", *READ_AGAIN}, "address": set()}


def test_no_two_entries_have_the_same_file_or_address() -> None:
    for named in ("path", "address"):
        said = Counter(getattr(entry, named) for entry in catalogue().values())
        assert {name for name, times in said.items() if name and times > 1} == TWICE[named]


def test_a_file_that_is_read_again_is_read_for_its_indicators() -> None:
    readers: dict[str, set[str | None]] = {}
    for entry in catalogue().values():
        readers.setdefault(entry.path or "", set()).add(entry.reader)
    assert all("indicators" in readers[path] and len(readers[path]) == 2 for path in READ_AGAIN)


def test_every_layout_of_indicators_is_of_a_dataset_that_is_loaded_and_the_other_way_about() -> (
    None
):
    loaded = {entry.id for entry in catalogue().values() if entry.reader == "indicators"}
    assert set(definitions()) == loaded


def test_every_group_has_datasets_and_no_dataset_is_in_two_groups_of_one_level() -> None:
    assert all(group(name) for name in GROUPS)
    whole = [name for name in GROUPS if name != "place"]
    for entry in catalogue().values():
        assert len(set(whole) & set(entry.groups)) <= 1, entry.id
    assert {e.id for e in group("place")} <= {
        e.id for e in (*group("england"), *group("england-resources"))
    }


def test_what_a_national_load_takes_can_be_loaded_and_is_whole() -> None:
    for entry in (*group("england"), *group("england-2001")):
        assert entry.reader is not None, entry.id
        assert entry.coverage is None, entry.id
        assert entry.layer is None or entry.layer.whole, entry.id
    assert all(entry.coverage for entry in group("england-partial"))


def test_england_holds_every_layer_of_all_england_since_2011() -> None:
    layers = [e.layer for e in catalogue().values() if e.layer and e.path and e.layer.whole]
    recent = {layer.id for layer in layers if layer.published_on.year >= 2011}
    assert recent == {entry.id for entry in group("england") if entry.layer}
    assert {layer.id for layer in layers} - recent == {
        entry.id for entry in group("england-2001") if entry.layer
    }


def test_six_datasets_are_fetched() -> None:
    fetched = {entry.id: entry.fetch for entry in catalogue().values() if entry.fetch}
    assert fetched == {
        "lad-2025-05-bgc": "arcgis",
        "lsoa-2011-12-bfc": "arcgis",
        "lsoa-2021-12-bgc": "arcgis",
        "imd-2019": "file",
        "imd-2025": "file",
        "code-point-open": "code-point-open",
    }


def test_nothing_is_said_of_a_machine_or_with_a_stop_missing() -> None:
    for entry in catalogue().values():
        assert entry.path is None or not entry.path.startswith(("/", "..")), entry.id
        for text in (entry.title, entry.publisher, entry.licence, entry.attribution):
            assert text == text.strip() != "", entry.id
        is_sentence = entry.note.endswith(".") or "http" in entry.note.split(" ")[-1]
        assert not entry.note or is_sentence or entry.note.endswith((".xlsx", ".zip")), entry.id


def test_every_file_of_the_mirror_is_one_entry(mirror: Path) -> None:
    there = {
        str(path.relative_to(mirror))
        for path in mirror.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    named = {entry.path for entry in catalogue().values() if entry.path}
    assert named - there == set()
    assert there - named == set()


WITH_FILES = [e for e in catalogue().values() if e.path and not e.path.endswith(".tif")]


@pytest.mark.parametrize("entry", WITH_FILES, ids=[entry.id for entry in WITH_FILES])
def test_features_are_those_of_the_file(mirror: Path, entry: Dataset) -> None:
    assert entry.path is not None
    assert entry.features == count_features(mirror / entry.path)


def count_features(path: Path) -> int:
    """Count the rows of a file of the mirror below its headings; of a workbook, of its longest sheet."""
    if path.suffix == ".parquet":
        return int(parquet.ParquetFile(path).metadata.num_rows)
    if path.suffix == ".gpkg":
        return int(pyogrio.read_info(path)["features"])
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        return max(sheet.max_row for sheet in book) - 1
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if ".json" in path.name:
        return len(json.loads(raw)["grants"])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:  # two files are in Windows-1252, and say so in their notes
        text = raw.decode("latin-1")
    rows = [row for row in csv.reader(text.splitlines(keepends=True)) if row]
    headings = 2 if path.name.startswith("access_to_garden_space") else 1
    return len(rows) - headings


LAYERS = [e for e in catalogue().values() if e.layer and e.path]


@pytest.mark.parametrize("entry", LAYERS, ids=[entry.id for entry in LAYERS])
def test_a_layers_columns_are_in_its_file(mirror: Path, entry: Dataset) -> None:
    assert entry.layer is not None
    assert entry.path is not None
    layer, path = entry.layer, mirror / entry.path
    if path.suffix == ".parquet":
        there = set(parquet.ParquetFile(path).schema_arrow.names)
    else:
        there = set(pyogrio.read_info(path)["fields"])
    named = {layer.code_column, layer.name_column, *layer.columns, *(layer.alive or ())} - {None}
    assert named, entry.id
    assert named - there == set()
    if layer.recode:
        lookup, *columns = layer.recode
        assert lookup in {each.path for each in catalogue().values()}
        with (mirror / lookup).open(encoding="utf-8") as file:
            assert set(columns) <= set(next(csv.reader(file)))


# Named in the list of sources as ways of asking, pages about a service, or what an old script used:
# no datasets.
NO_DATASETS = {
    "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services/",
    "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services/<SERVICE>/FeatureServer/0/query",
    "https://opendata.arcgis.com/api/v3/datasets/<ITEM>_0/downloads/data",
    "https://opendata.arcgis.com/datasets/<ITEM>_0.geojson",
    "https://www.arcgis.com/sharing/rest/content/items/<ITEM>/data",
    "https://hub.arcgis.com/api/search/v1/collections/all/items",
    "https://geoportal.statistics.gov.uk/api/search/v1/collections/dataset/items",
    "https://ons-inspire.esriuk.com/arcgis/rest/services/...MapServer",
    "https://borders.ukdataservice.ac.uk/ukborders/easy_download/prebuilt/shape/",
    "https://assets.publishing.service.gov.uk/government/uploads/system/uploads",
}


def sources() -> str:
    path = REPOSITORY.parent / "shared" / "SOURCES.md"
    if not path.is_file():
        pytest.skip("the list of publishers' addresses lies beside the repository, and is not here")
    return path.read_text(encoding="utf-8")


def everything_said() -> str:
    said = "\n".join(f"{e.address} {e.note}" for e in catalogue().values())
    return said + "\n" + "\n".join(str(e.path) for e in catalogue().values())


def test_every_address_of_the_list_of_sources_is_in_the_catalogue() -> None:
    said, text = everything_said(), sources()
    whole = [each.split("?")[0].rstrip(".,;") for each in re.findall(r"https?://[^\s`)]+", text)]
    # Cited by their ends (`.../833973/File_2.xlsx`), or by the item's number at ArcGIS alone.
    ends = re.findall(r"`\.\.\./([^`]+)`", text)
    items = re.findall(r"(?<![\w])[0-9a-f]{32}(?!\w)", text)
    assert min(len(whole), len(ends), len(items)) > 10, "the list was read wrongly"
    wanted = [each.split("...")[0] for each in whole if each not in NO_DATASETS] + ends + items
    assert [each for each in wanted if each not in said] == []


def test_every_service_of_the_list_of_sources_is_in_the_catalogue() -> None:
    said, services = everything_said(), list_services(sources())
    assert len(services) > 150, "the list was read wrongly"
    assert [name for name in services if name not in said] == []


def list_services(text: str) -> list[str]:
    """Find the services' names, writing out the endings that follow one (`…_BGC / _BSC`)."""
    name = r"[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){2,}"
    found = re.findall(r"PRD_\w+", text)  # products that are found by their tag
    for line in re.sub(r"https?://\S+", "", text).splitlines():
        for first, endings in re.findall(rf"(?<![\w./])({name})((?:,? ?/ _\w+)*)", line):
            found.append(first)
            for ending in re.findall(r"/ (_\w+)", endings):
                found.append(first.rsplit("_", ending.count("_"))[0] + ending)
        found += re.findall(r"(?<!/)\.\.\.(_[A-Z][a-z]+_\w+)", line)  # only its end is repeated
    return sorted(set(found) - {"ONSPD_NOV_2025"})  # a zip's name, in the note of its page
