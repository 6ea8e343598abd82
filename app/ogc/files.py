"""Writes all that is asked of a collection into one file, some features at a time, so that memory stays flat.

GeoJSON, text sequences and CSV come in parts that can be sent as they are written; the others' readers want an index
or a directory that is known last, so that they are written whole first.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.exports.csv import safe_cell
from app.exports.sheets import Kind
from app.exports.xlsx import write_xlsx_file
from app.ogc.asking import Question
from app.ogc.crs_names import System
from app.ogc.queries import lacks_shapes, names_of, read_all, read_rows
from app.ogc.statements.collections import Collection
from boundaries.crs import WGS84
from boundaries.errors import Refused

if TYPE_CHECKING:
    import pyarrow as pa

GEOMETRY = "geom"
_ARROW: Mapping[Kind, str] = {
    "text": "string", "whole": "int64", "number": "float64", "truth": "bool", "day": "date32",
}  # fmt: skip
_SHAPES = {"multipolygon": "MultiPolygon", "point": "Point"}
_BY_ARROW = frozenset({"gpkg", "fgb", "shp", "parquet"})
_DRIVERS = {"gpkg": "GPKG", "fgb": "FlatGeobuf", "shp": "ESRI Shapefile"}
Batches = Iterator[list[Sequence[Any]]]


class FileTooLarge(Refused):
    """The kind of file cannot hold as many features: ask for fewer, or for another kind."""

    slug = "file-too-large"
    title = "That file cannot hold it"


def write_file(
    session: Session, collection: Collection, question: Question, form: str, path: Path
) -> None:
    """Write a collection as a file of one of `FORMS`. Raises BadRequest's kinds (400), FileTooLarge."""
    if form in PARTS:
        with path.open("wb") as out:
            out.writelines(PARTS[form](session, collection, question))
    else:
        _WRITERS[form](session, collection, question, form, path)
    if form in _BY_ARROW:
        import pyarrow as pa

        pa.default_memory_pool().release_unused()  # it would keep some 40 MB for the next file


def _geojson(session: Session, collection: Collection, question: Question) -> Generator[bytes]:
    about = collection.about
    head: dict[str, Any] = {
        "type": "FeatureCollection", "name": about.id, "title": about.title,
        "license": about.licence, "attribution": about.attribution,
    }  # fmt: skip
    if question.system.number != WGS84:
        name = f"urn:ogc:def:crs:EPSG::{question.system.number}"
        head["crs"] = {"type": "name", "properties": {"name": name}}
    between = json.dumps(head)[:-1].encode() + b',"features":[\n'
    for texts in read_all(session, collection, question):
        yield between + ",\n".join(texts).encode()
        between = b",\n"
    yield (b"" if between == b",\n" else between) + b"\n]}\n"


def _sequence(session: Session, collection: Collection, question: Question) -> Generator[bytes]:
    """Write RFC 8142: each feature between a record separator and a new line."""
    for texts in read_all(session, collection, question):
        yield "".join(f"\x1e{text}\n" for text in texts).encode()


def _csv(session: Session, collection: Collection, question: Question) -> Generator[bytes]:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(names_of(collection, question))
    for rows in read_rows(session, collection, question, shaped=False):
        writer.writerows([safe_cell(value) for value in row] for row in rows)
        yield written.getvalue().encode()
        written.seek(0)
        written.truncate()
    yield written.getvalue().encode()


def _xlsx(
    session: Session, collection: Collection, question: Question, _form: str, path: Path
) -> None:
    try:
        write_xlsx_file(
            path, collection.about.id, names_of(collection, question),
            read_rows(session, collection, question, shaped=False),
        )  # fmt: skip
    except ValueError as error:
        raise FileTooLarge(str(error)) from error


def _by_gdal(
    session: Session, collection: Collection, question: Question, form: str, path: Path
) -> None:
    """Write what GDAL writes; a Shapefile as a zip of its parts. Degrees are longitude first in every file."""
    import pyogrio

    about, folder = collection.about, Path(tempfile.mkdtemp(dir=path.parent))
    name = about.id.replace(".", "-")
    made = folder / f"{name}.{form}"
    options: dict[str, Any] = {"IDENTIFIER": about.title} if form == "gpkg" else {}
    if form == "gpkg":
        options["GEOMETRY_NAME"] = GEOMETRY
    if form == "fgb" and lacks_shapes(session, collection, question):
        options["SPATIAL_INDEX"] = "NO"  # its index has no place for what has none
    try:
        pyogrio.write_arrow(
            arrow_reader(session, collection, question), made, layer=name, driver=_DRIVERS[form],
            geometry_name=GEOMETRY, geometry_type=_SHAPES[about.shape], crs=_epsg(question.system),
            encoding="UTF-8" if form == "shp" else None, layer_options=options,
            dataset_options={"VERSION": "1.3"} if form == "gpkg" else None,
        )  # fmt: skip
        if form == "shp":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
                for part in sorted(folder.iterdir()):
                    out.write(part, part.name)
        else:
            made.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _parquet(
    session: Session, collection: Collection, question: Question, _form: str, path: Path
) -> None:
    """Write GeoParquet 1.1: WKB, and the system as PROJJSON where it is not CRS84."""
    import pyarrow.parquet as pq
    import pyproj

    reader = arrow_reader(session, collection, question)
    column: dict[str, Any] = {
        "encoding": "WKB", "geometry_types": [_SHAPES[collection.about.shape]],
    }  # fmt: skip
    if question.system.number != WGS84:
        column["crs"] = pyproj.CRS.from_epsg(question.system.number).to_json_dict()
    geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    schema = reader.schema.with_metadata({"geo": json.dumps(geo)})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)


def arrow_reader(
    session: Session, collection: Collection, question: Question
) -> pa.RecordBatchReader:
    """Read what is asked for as batches of Arrow's; outlines stay the bytes that the database sent."""
    import pyarrow as pa

    names = names_of(collection, question)
    kinds = [_ARROW[collection.about.properties[name].kind] for name in names]
    fields = [
        pa.field(name, pa.type_for_alias(kind)) for name, kind in zip(names, kinds, strict=True)
    ]
    schema = pa.schema([*fields, pa.field(GEOMETRY, pa.binary())])

    def batches() -> Iterator[pa.RecordBatch]:
        for rows in read_rows(session, collection, question):
            columns = list(zip(*rows, strict=True))
            arrays = [
                pa.array(values, type=kind.type)
                for values, kind in zip(columns[:-1], fields, strict=True)
            ]
            yield pa.record_batch([*arrays, pa.array(columns[-1], type=pa.binary())], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _epsg(system: System) -> str:
    return f"EPSG:{system.number}"


_WRITERS: Mapping[str, Callable[[Session, Collection, Question, str, Path], None]] = {
    "xlsx": _xlsx, "gpkg": _by_gdal, "fgb": _by_gdal, "shp": _by_gdal, "parquet": _parquet,
}  # fmt: skip
#: what is sent while it is written, by form
PARTS: Mapping[str, Callable[[Session, Collection, Question], Generator[bytes]]] = {
    "geojson": _geojson, "geojsonseq": _sequence, "csv": _csv,
}  # fmt: skip
