"""Measures the verdict on every district: false alarms, missed bites and milliseconds.

Run as `python -m bench.verdicts MIRROR`. It proves METHODS.md 1.3 on real layers: each district put
together from the small areas of another edition must be `same`, with 1 % bitten from its edge never;
random pairs of neighbours must be unions; police, fire and county areas whole districts.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely

from boundaries.methods.verdict import AuthorityLayer, judge_outline
from boundaries.vector_files import read_vector

FILES = {
    "lad_2021": ("lad_2021_bgc_quantised.gpkg", "LAD21CD"),
    "lad_2023": ("lad_2023_bgc_quantised.gpkg", "LAD23CD"),
    "lad_2023_buc": ("lad_2023_buc.gpkg", "LAD23CD"),
    "lad_2025": ("lad_2025_bgc_quantised.parquet", "LAD25CD"),
    "lsoa_2021": ("lsoa_2021_bgc.parquet", "LSOA21CD"),
    "ccg_2021": ("ccg_2021_bgc.parquet", "CCG21CD"),
    "cty_2021": ("cty_2021_bgc.gpkg", "CTY21CD"),
    "fra_2021": ("fra_2021_bgc.parquet", "FRA21CD"),
    "pfa_2020": ("pfa_2020_bgc.parquet", "PFA20CD"),
    "stp_2021": ("stp_2021_bgc.parquet", "STP21CD"),
}


def load_layer(mirror: Path, name: str) -> geopandas.GeoDataFrame:
    """Read a layer of the mirror, repaired, in British National Grid: `code`, `name`, geometry."""
    file, column = FILES[name]
    return read_vector(mirror / "boundaries" / file, code_column=column).frame


def dissolved(mirror: Path, codes: Sequence[str] | None = None) -> geopandas.GeoSeries:
    """Put districts of 2024 together from the small areas of 2021; all of them without `codes`."""
    lookup = pd.read_parquet(mirror / "lookups" / "lsoa21_ward24_ltla24.parquet")
    district = lookup.drop_duplicates("lsoa21_code").set_index("lsoa21_code").ltla24_code.copy()
    # The lookup's one error (METHODS.md 8): a small area of West Northamptonshire.
    district["E01027305"] = "E06000062"
    areas = load_layer(mirror, "lsoa_2021").set_index("code")
    of = district.reindex(areas.index)
    kept = of.isin(codes) if codes is not None else of.notna()
    groups = areas[kept].geometry.groupby(of[kept])
    return groups.agg(lambda parts: shapely.union_all(parts.to_numpy()))


def bite(outline: shapely.Geometry, at: float, share: float = 0.01) -> shapely.Geometry:
    """Take a disc that holds `share` of an outline from its edge, `at` of the way round (0 to 1)."""
    largest = max(shapely.get_parts(outline), key=lambda part: part.area)
    centre = shapely.line_interpolate_point(shapely.boundary(largest), at, normalized=True)
    low, high = 0.0, float(np.sqrt(outline.area))
    for _ in range(30):
        radius = (low + high) / 2
        inside = shapely.intersection(outline, shapely.buffer(centre, radius)).area
        low, high = (radius, high) if inside < share * outline.area else (low, radius)
    return shapely.difference(outline, shapely.buffer(centre, high))


def tally(title: str, layer: AuthorityLayer, outlines: Iterable[shapely.Geometry]) -> Counter[str]:
    """Judge outlines at the defaults and print the verdicts, districts split and milliseconds."""
    verdicts: Counter[str] = Counter()
    split: set[str] = set()
    took = []
    for outline in outlines:
        started = time.perf_counter()
        answer = judge_outline(outline, layer)
        took.append(1000 * (time.perf_counter() - started))
        verdicts[answer.verdict] += 1
        split |= {row.code for row in answer.touched if not row.whole}
    sys.stdout.write(
        f"{title:46} {dict(verdicts)}, {len(split)} split, "
        f"median {np.median(took):.0f} ms, max {max(took):.0f} ms\n"
    )
    return verdicts


def main(mirror: Path) -> int:
    """Run every measurement; 1 where a promise of METHODS.md 1.3 or 7 is broken."""
    rng = np.random.default_rng(13)
    districts = dissolved(mirror)
    broken = []
    for year in ("lad_2023", "lad_2025"):
        layer = AuthorityLayer.from_frame(load_layer(mirror, year))
        same = tally(f"dissolved on {year}", layer, districts)
        bitten = [bite(outline, rng.uniform()) for outline in districts]
        bites = tally(f"the same with a 1 % bite on {year}", layer, bitten)
        broken += [f"{year}: false alarms"] if same["same"] != len(districts) else []
        broken += [f"{year}: missed bites"] if bites["same"] + bites["cannot-tell"] else []
        left, right = shapely.STRtree(districts.to_numpy()).query(
            districts.to_numpy(), predicate="intersects"
        )
        pairs = np.column_stack([left, right])[left < right]
        chosen = pairs[rng.choice(len(pairs), 60, replace=False)]
        unions = [shapely.union_all(districts.to_numpy()[pair]) for pair in chosen]
        found = tally(f"60 pairs of neighbours on {year}", layer, unions)
        broken += [f"{year}: unions"] if found["union-of"] != len(unions) else []
        coarse = load_layer(mirror, "lad_2023_buc").geometry
        tally(f"500 m outlines on {year}", layer, coarse)
        blunt = tally(
            f"500 m outlines with a bite on {year}", layer, [bite(o, rng.uniform()) for o in coarse]
        )
        broken += [f"{year}: a coarse same"] if blunt["same"] else []
    layer = AuthorityLayer.from_frame(load_layer(mirror, "lad_2021"))
    for name in ("pfa_2020", "fra_2021", "cty_2021", "ccg_2021", "stp_2021"):
        found = tally(f"{name} on lad_2021", layer, load_layer(mirror, name).geometry)
        whole = found["same"] + found["union-of"]
        if name in ("pfa_2020", "fra_2021", "cty_2021") and whole != found.total():
            broken.append(f"{name}: not whole districts")
    sys.stdout.write("broken: " + ("; ".join(broken) or "nothing") + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
