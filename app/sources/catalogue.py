"""Which published datasets there are, who publishes each, and where it is; opens none of them.

The entries are data: one TOML table each under `catalogue/`, read once and checked as they are read.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from boundaries.errors import Invalid, NotFound
from boundaries.sources.layers import Layer, ons_attribution

FOLDER = Path(__file__).parent / "catalogue"
ONS_SERVICE = (
    "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services/{name}/FeatureServer/0"
)
KINDS = (
    "boundaries", "lookup", "postcodes", "people", "index", "indicator", "money", "service", "raster",
)  # fmt: skip
QUALITIES = ("official", "best-fit", "approximate")
FETCHES = (None, "arcgis", "file", "code-point-open")
READERS = (
    None, "layer", "districts", "small-areas", "people", "postcodes", "index", "grants", "recipient-sums",
    "towns-fund", "pride-in-place", "programme", "local-projects", "budgets", "services",
    "dated", "indicators", "summaries", "raster",
)  # fmt: skip
GROUPS = ("england", "england-2001", "england-resources", "england-partial", "place")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class CatalogueInvalid(Invalid):
    """An entry of the catalogue is not written as the catalogue's rules say."""

    slug = "catalogue-invalid"
    title = "The catalogue of datasets has a fault"


class UnknownDataset(NotFound):
    """No dataset, or no group of datasets, of the catalogue has that name; `bounds sources` lists them."""

    slug = "unknown-dataset"
    title = "No such dataset"


@dataclass(frozen=True)
class Dataset:
    """One published dataset: what it is, on which terms, and where a copy and the publisher's own are.

    features: rows of the whole file, None where it was never counted. path: of the copy, relative to
    the mirror. address: the publisher's. fetch: which downloader knows that address (None: no
    downloader does). reader: which reader loads it (None: it is only listed). coverage: what part of
    England it holds, where that is not all. layer: for boundaries that are loaded, how their file is
    laid out.
    """

    id: str
    kind: str
    title: str
    publisher: str
    release: str
    licence: str
    attribution: str
    quality: str = "official"
    features: int | None = None
    path: str | None = None
    address: str | None = None
    fetch: str | None = None
    groups: tuple[str, ...] = ()
    reader: str | None = None
    note: str = ""
    layer: Layer | None = None
    coverage: str | None = None

    @property
    def where(self) -> str:
        """The publisher's address, or the words `mirror only`."""
        return self.address or "mirror only"


def read_catalogue(folder: Path = FOLDER) -> Mapping[str, Dataset]:
    """Read every entry of a folder's TOML files, in order of file name.

    A file's `[defaults]` stand for what its entries leave out. `service` is short for the address of
    an ONS service; the attribution `ons` for the line that ONS asks for, with the release's year.
    Raises CatalogueInvalid naming the file and entry for an unknown or missing key, a value outside
    its list, or an id that another entry has.
    """
    found: dict[str, Dataset] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            told = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise CatalogueInvalid(f"{file.name} is not TOML: {error}") from None
        if unknown := told.keys() - {"defaults", "dataset"}:
            raise CatalogueInvalid(f"{file.name}: unknown table {', '.join(sorted(unknown))}")
        for row in told.get("dataset", []):
            entry = _read_entry({**told.get("defaults", {}), **row}, file.name)
            if entry.id in found:
                raise CatalogueInvalid(f"{file.name}, {entry.id}: another entry has this id")
            found[entry.id] = entry
    return MappingProxyType(found)


def _read_entry(row: dict[str, Any], file: str) -> Dataset:
    place = f"{file}, {row.get('id', 'an entry without id')}"
    layer = row.pop("layer", None)
    if "service" in row:
        row["address"] = ONS_SERVICE.format(name=row.pop("service"))
    _check_keys(Dataset, row, place)
    if row["attribution"] == "ons":
        row["attribution"] = ons_attribution(_year(row["release"], place))
    row["groups"] = tuple(row.get("groups", ()))
    entry = Dataset(**row)
    if layer is not None:
        entry = dataclasses.replace(entry, layer=_read_layer(entry, layer, place))
    _check_entry(entry, place)
    return entry


def _read_layer(entry: Dataset, row: dict[str, Any], place: str) -> Layer:
    given = {"code_column": None, "name_column": None, **row}
    own: dict[str, Any] = {
        "id": entry.id,
        "title": entry.title,
        "path": entry.path or "",
        "quality": entry.quality,
    }
    if repeated := own.keys() & row.keys():
        raise CatalogueInvalid(f"{place}: its layer repeats {', '.join(sorted(repeated))}")
    _check_keys(Layer, {**own, **given}, place)
    given["columns"] = tuple(given.get("columns", ()))
    if "recode" in given:
        given["recode"] = tuple(given["recode"])
    if "alive" in given:
        first, last = given["alive"]
        given["alive"] = (first or None, last)
    return Layer(**own, **given)


def _check_keys(kind: type[Dataset] | type[Layer], row: Mapping[str, Any], place: str) -> None:
    known = fields(kind)
    if unknown := row.keys() - {field.name for field in known}:
        raise CatalogueInvalid(f"{place}: unknown key {', '.join(sorted(unknown))}")
    needed = {field.name for field in known if field.default is dataclasses.MISSING}
    if missing := needed - row.keys():
        raise CatalogueInvalid(f"{place}: {', '.join(sorted(missing))} is missing")


def _check_entry(entry: Dataset, place: str) -> None:
    wrong = [
        f"{name} is {value!r}, not one of {', '.join(str(each) for each in allowed)}"
        for name, value, allowed in (
            ("kind", entry.kind, KINDS),
            ("quality", entry.quality, QUALITIES),
            ("fetch", entry.fetch, FETCHES),
            ("reader", entry.reader, READERS),
            *(("a group", group, GROUPS) for group in entry.groups),
        )
        if value not in allowed
    ]
    if not _SLUG.fullmatch(entry.id):
        wrong.append("its id is not small letters and figures joined by hyphens")
    if entry.path is None and entry.address is None:
        wrong.append("it has neither a path nor an address")
    if entry.fetch is not None and (entry.address is None or entry.reader is None):
        wrong.append("what is fetched needs an address and a reader")
    if entry.reader is not None and entry.path is None and entry.fetch is None:
        wrong.append("it has a reader, but can be had neither from the mirror nor by download")
    if (entry.reader == "layer") != (entry.layer is not None):
        wrong.append("a layer and the reader `layer` go together")
    if wrong:
        raise CatalogueInvalid(f"{place}: {'; '.join(wrong)}")


def _year(release: str, place: str) -> int:
    years = re.findall(r"\b\d{4}\b", release)
    if not years:
        raise CatalogueInvalid(f"{place}: its release {release!r} names no year")
    return int(years[-1])


@cache
def catalogue() -> Mapping[str, Dataset]:
    """List every dataset that is known, by its id; read once, when first asked for."""
    return read_catalogue()


def get_dataset(dataset_id: str) -> Dataset:
    """Read one entry by its id. Raises UnknownDataset."""
    if dataset_id not in catalogue():
        raise UnknownDataset(f"the catalogue has no dataset {dataset_id[:80]!r}")
    return catalogue()[dataset_id]


def place_layers() -> list[tuple[Dataset, Layer]]:
    """List the boundaries that a place is loaded from, each with the layout of its file in the mirror."""
    return [
        (entry, entry.layer)
        for entry in group("place")
        if entry.layer is not None and entry.path is not None
    ]


def group(name: str) -> list[Dataset]:
    """List the datasets of a group in the catalogue's order, those without a reader too. Raises UnknownDataset."""
    if name not in GROUPS:
        raise UnknownDataset(f"there is no group {name[:80]!r}; there are {', '.join(GROUPS)}")
    return [entry for entry in catalogue().values() if name in entry.groups]
