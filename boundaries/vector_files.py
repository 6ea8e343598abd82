"""Reads a file of boundaries into codes, names and valid outlines in British National Grid.

It reads GeoPackage, zipped Shapefile, GeoJSON, FlatGeobuf and GeoParquet, known by their first
bytes and never by their name, and refuses everything else: GDAL's drivers that follow references
to other files or hosts are switched off before GDAL is first imported (boundaries.gdal_drivers).
"""

from __future__ import annotations

import re
import tempfile
import uuid
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundaries import crs as coordinates
from boundaries import zip_safety
from boundaries.errors import Fault, Refused
from boundaries.gdal_drivers import lock_down_gdal
from boundaries.gss import is_gss_code
from boundaries.methods.validity import fault_of_bounds, repair, with_source_faults

if TYPE_CHECKING:
    import geopandas
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

lock_down_gdal()

FINDING_COLUMNS = ["feature", "code", "kind", "reason", "area_before_m2", "area_after_m2"]
MAX_FAULTS = 100


class UnreadableFile(Refused):
    """A file of boundaries that is not taken, with every reason that was found."""

    slug = "unreadable-boundary-file"
    title = "The boundary file was refused"


@dataclass(frozen=True, slots=True)
class VectorFile:
    """A file of boundaries as read.

    `frame` has columns `code`, `name` (text; the code where the file has no name) and `geometry`
    (valid MultiPolygons, British National Grid), in the file's order. `findings` lists the features
    that were repaired or refused: `feature` (from 1), `code`, `kind`, `reason`, `area_before_m2`,
    `area_after_m2` (NaN where there is none). `features_in` = rows of `frame` + refused findings.
    """

    frame: geopandas.GeoDataFrame
    findings: pd.DataFrame
    layer: str
    crs_operation: str
    features_in: int
    code_column: str
    name_column: str

    def to_message(self) -> tuple[dict[str, Any], list[bytes]]:
        """Take the file apart into JSON and WKB, for the way out of the limited subprocess."""
        import shapely

        findings = self.findings.astype(object).where(self.findings.notna(), None)
        head = {
            "codes": self.frame["code"].tolist(),
            "names": self.frame["name"].tolist(),
            "findings": findings.to_numpy().tolist(),
            "layer": self.layer,
            "crs_operation": self.crs_operation,
            "features_in": self.features_in,
            "code_column": self.code_column,
            "name_column": self.name_column,
        }
        return head, list(shapely.to_wkb(self.frame.geometry.to_numpy()))

    @classmethod
    def from_message(cls, head: dict[str, Any], blobs: Sequence[bytes]) -> VectorFile:
        """Put a file together again from `to_message`."""
        import geopandas
        import pandas as pd
        import shapely

        frame = geopandas.GeoDataFrame(
            {"code": head.pop("codes"), "name": head.pop("names")},
            geometry=list(shapely.from_wkb(list(blobs))),
            crs=coordinates.BNG,
        )
        rows = pd.DataFrame(head.pop("findings"), columns=FINDING_COLUMNS)
        areas = {"area_before_m2": "float64", "area_after_m2": "float64"}
        return cls(frame=frame, findings=rows.astype(areas), **head)


def kind_of(path: Path) -> str:
    """Tell a vector file by its first bytes; raises UnreadableFile for anything else."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"SQLite format 3\x00") and start[68:72] in (b"GPKG", b"GP10", b"GP11"):
        return "gpkg"
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    if start.startswith(b"fgb\x03fgb"):
        return "fgb"
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and (
        re.search(rb'"(Feature|FeatureCollection|Polygon|MultiPolygon)"', start)
    ):
        return "geojson"
    raise _refuse(
        path,
        "not a vector file that Bounds reads (GeoPackage, zipped Shapefile, GeoJSON, FlatGeobuf, "
        "GeoParquet)",
        rule="first bytes",
    )


def _refuse(
    path: Path, why: str, *, faults: Sequence[Fault] = (), rule: str = ""
) -> UnreadableFile:
    detail = f"{path.name}: {why}"
    return UnreadableFile(detail, faults or [Fault(why, file=path.name, rule=rule)])


def read_vector(
    path: Path,
    *,
    layer: str | None = None,
    code_column: str | None = None,
    name_column: str | None = None,
    crs: str | None = None,
) -> VectorFile:
    """Read one layer of boundaries; see VectorFile for the answer.

    `code_column` and `name_column` are found by their content and name where not given; `crs`
    (`EPSG:27700`) answers for a file that states none, and must agree with one that does.
    Faulty outlines are repaired, empty ones refused, and each is listed; an outline faulty as
    published counts as repaired even where the move to the National Grid happens to mend it.

    Raises UnreadableFile (or zip_safety.UnsafeArchive) with a fault for each reason: not a vector
    file, not exactly one layer, no such column (its detail lists those there), a missing or
    doubled code, no reference system, numbers that cannot be in the stated one.
    """
    raw, stated, layer_read = open_layer(path, layer)
    return _settle(path, raw, layer_read, code_column, name_column, stated, crs)


def open_layer(path: Path, layer: str | None) -> tuple[pd.DataFrame, Any, str]:
    """Open one layer of a file as it is: a frame of attributes and `geometry` (shapes or None), system, name.

    Raises UnreadableFile or zip_safety.UnsafeArchive; `attrs["unreadable"]` lists shapes that no
    reader takes, by position.
    """
    kind = kind_of(path)
    with tempfile.TemporaryDirectory(prefix="bounds-vector-") as name:
        folder = Path(name)
        found_in = path
        if kind == "zip":
            found_in = _one_in_zip(path, zip_safety.unpack(path, folder))
        elif kind != "parquet":
            # GDAL chooses drivers by name too: it sees one of ours, never the user's.
            found_in = folder / f"{uuid.uuid4().hex}.{kind}"
            found_in.symlink_to(path.resolve())
        return _open(path, found_in, layer)


def _one_in_zip(path: Path, members: Sequence[Path]) -> Path:
    layers = [
        member for member in members if member.suffix in (".shp", ".gpkg", ".geojson", ".fgb")
    ]
    if len(layers) != 1:
        raise _refuse(path, f"the zip file holds {len(layers)} layers, not one", rule="one layer")
    if layers[0].suffix == ".shp":
        missing = [end for end in (".dbf", ".shx") if not layers[0].with_suffix(end).exists()]
        if missing:
            raise _refuse(path, f"the shapefile has no {' and no '.join(missing)} beside its .shp")
    elif kind_of(layers[0]) != layers[0].suffix[1:]:
        raise _refuse(path, f"the zip file's {layers[0].suffix} is not one", rule="first bytes")
    return layers[0]


def _open(path: Path, found_in: Path, layer: str | None) -> tuple[pd.DataFrame, Any, str]:
    """Read attributes and WKB; the frame's column `geometry` holds shapely shapes or None."""
    import pyogrio
    import shapely

    if kind_of_parquet(found_in):
        return _open_parquet(path, found_in)
    try:
        layers = pyogrio.list_layers(found_in)
        spatial = [str(name) for name, geometry in layers if geometry is not None]
        if not spatial:
            raise _refuse(path, "not a vector file with a layer of areas")
        if layer is None and len(spatial) != 1:
            why = f"it holds {len(spatial)} layers: name one of {', '.join(spatial)}"
            raise _refuse(path, why)
        if layer is not None and layer not in spatial:
            raise _refuse(path, f"it has no layer {layer!r}, only {', '.join(spatial)}")
        chosen = layer or spatial[0]
        with warnings.catch_warnings():
            # GDAL warns of unclosed rings; they are listed as findings here.
            warnings.simplefilter("ignore", RuntimeWarning)
            meta, _, wkb, fields = pyogrio.raw.read(found_in, layer=chosen, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise _refuse(path, "not a vector file that GDAL can read whole") from error
    import pandas as pd

    frame = pd.DataFrame(dict(zip(meta["fields"], fields, strict=True)))
    given = wkb if wkb is not None else [None] * len(frame)
    shapes = shapely.from_wkb(given, on_invalid="ignore")
    frame["geometry"] = pd.Series(list(shapes), dtype=object)
    frame.attrs["unreadable"] = [
        position
        for position, (was, shape) in enumerate(zip(given, shapes, strict=True))
        if was is not None and shape is None
    ]
    # A zip's members and GDAL's view of a GeoJSON carry our own file names, which say nothing.
    return frame, meta["crs"], path.stem if chosen.startswith(found_in.stem) else chosen


def kind_of_parquet(path: Path) -> bool:
    """Say whether a file is Parquet, which pyogrio's GDAL does not read."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _open_parquet(path: Path, found_in: Path) -> tuple[pd.DataFrame, Any, str]:
    import geopandas
    import pandas as pd
    import pyarrow
    from shapely.errors import GEOSException

    try:
        read = geopandas.read_parquet(found_in)
    except (ValueError, pyarrow.ArrowException, KeyError, OSError, GEOSException) as error:
        raise _refuse(path, "it is Parquet but not GeoParquet that can be read whole") from error
    geometry = pd.Series(read.geometry.to_numpy(), dtype=object)
    frame = pd.DataFrame(read.drop(columns=[read.geometry.name])).reset_index(drop=True)
    frame["geometry"] = geometry
    return frame, read.crs, path.stem


def _choose_columns(
    path: Path, frame: pd.DataFrame, code: str | None, name: str | None
) -> tuple[str, str]:
    there = [str(column) for column in frame.columns if column != "geometry"]
    for asked in (code, name):
        if asked is not None and asked not in there:
            why = f"there is no column {asked!r}; the columns are {', '.join(there) or 'none'}"
            raise _refuse(path, why, faults=[Fault(why, file=path.name, column=asked)])
    if code is None:
        # The first column nearly all of whose values are GSS codes is the area's own.
        fits = [c for c in there if len(frame) and _share_of_codes(frame[c]) > 0.9]
        if not fits:
            why = f"no column holds area codes; the columns are {', '.join(there) or 'none'}"
            raise _refuse(path, why, faults=[Fault(why, file=path.name, rule="code column")])
        code = fits[0]
    if name is None:
        stem = re.sub(r"(?i)(cd|code|_cd|_code)$", "", code)
        wanted = {f"{stem}{end}".lower() for end in ("nm", "name", "_nm", "_name")} | {"name"}
        name = next((column for column in there if column.lower() in wanted), code)
    return code, name


def _share_of_codes(column: pd.Series) -> float:
    text = column.dropna().astype(str).str.strip()
    return float(text.map(is_gss_code).sum()) / max(len(column), 1)


def _check_codes(path: Path, codes: pd.Series, column: str) -> None:
    def fault(why: str, row: int, value: str) -> Fault:
        return Fault(why, file=path.name, row=row, column=column, value=value)

    faults = [
        fault("no code", position + 1, "") for position in codes.index[codes.isna() | (codes == "")]
    ]
    doubled = codes[codes.notna() & (codes != "") & codes.duplicated(keep="first")]
    first = {str(code): int(str(position)) + 1 for position, code in codes[::-1].items()}
    faults += [
        fault(
            f"this code stands at feature {first[str(code)]} too", int(str(position)) + 1, str(code)
        )
        for position, code in doubled.items()
    ]
    if faults:
        why = f"{len(faults)} features have no code or one that is there twice"
        raise _refuse(path, why, faults=faults[:MAX_FAULTS])


def _settle(
    path: Path,
    raw: pd.DataFrame,
    layer: str,
    code_column: str | None,
    name_column: str | None,
    stated: Any,
    given: str | None,
) -> VectorFile:
    import geopandas
    import numpy as np
    import pandas as pd

    code_column, name_column = _choose_columns(path, raw, code_column, name_column)
    codes = raw[code_column].astype(object).where(raw[code_column].notna(), None)
    codes = codes.map(lambda value: str(value).strip() if value is not None else None)
    _check_codes(path, codes, code_column)
    source: NDArray[np.object_] = raw["geometry"].to_numpy(dtype=object)
    moved, operation = to_grid(path, source, stated, given)
    mended, listed = repair(moved)
    listed = with_source_faults(listed, source, moved, mended)
    unreadable = listed["position"].isin(raw.attrs.get("unreadable", []))
    listed.loc[unreadable, "reason"] = "a ring is not closed or has fewer than four positions"
    listed["feature"] = listed["position"] + 1
    listed["code"] = codes.to_numpy()[listed["position"].to_numpy(dtype=int)]
    kept = np.array([shape is not None for shape in mended], dtype=bool)
    names = raw[name_column].where(raw[name_column].notna(), codes).astype(str).str.strip()
    frame = geopandas.GeoDataFrame(
        {"code": codes[kept].to_numpy(), "name": names[kept].to_numpy()},
        geometry=list(mended[kept]),
        crs=coordinates.BNG,
    )
    return VectorFile(
        frame=frame,
        findings=pd.DataFrame(listed[FINDING_COLUMNS]).reset_index(drop=True),
        layer=layer,
        crs_operation=operation,
        features_in=len(raw),
        code_column=code_column,
        name_column=name_column,
    )


def to_grid(
    path: Path, source: NDArray[np.object_], stated: Any, given: str | None
) -> tuple[NDArray[np.object_], str]:
    """Move outlines to the National Grid; give them and the name of the operation."""
    import numpy as np
    import pyproj
    import shapely

    if stated is None and given is None:
        raise _refuse(
            path, f"it states no coordinate reference system: say which ({coordinates.BNG_NAME}?)"
        )
    system = coordinates.recognise(stated if stated is not None else given)
    if stated is not None and given is not None and coordinates.recognise(given) != system:
        raise _refuse(path, f"it states another coordinate reference system than {given}")
    places = [shape for shape in source if shape is not None and not shape.is_empty]
    spots = shapely.get_coordinates(places)
    spots = spots[np.isfinite(spots).all(axis=1)]
    if len(spots) and system != "other":
        west, south = (float(value) for value in spots.min(axis=0))
        east, north = (float(value) for value in spots.max(axis=0))
        why = fault_of_bounds((west, south, east, north), "bng" if system == "bng" else "lon-lat")
        if why:
            raise _refuse(path, why, rule="coordinates fit the stated system")
    if system == "bng":
        return shapely.force_2d(source), "none: published in British National Grid"
    if system == "lon-lat":
        return coordinates.to_bng(source), coordinates.transform_in_use()
    other = pyproj.CRS.from_user_input(stated if stated is not None else given)
    moved = coordinates.other_to_bng(source, other)
    return moved, f"{other.name} to WGS84 by PROJ, then {coordinates.transform_in_use()}"
