"""What two layers share, exactly as drawn, is what PostGIS says of the same outlines."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.dependencies import today
from boundaries.layer_overlaps import read_layer
from boundaries.methods.relations import relate
from boundaries.queries import layer_on
from boundaries.tables import Release

BY_POSTGIS = text(
    "SELECT a.code, b.code, ST_Covers(b.geom, a.geom), ST_Covers(a.geom, b.geom),"
    " ST_Area(ST_Intersection(a.geom, b.geom))"
    " FROM boundaries AS a JOIN boundaries AS b ON ST_Intersects(a.geom, b.geom)"
    " WHERE a.release_id = :one AND b.release_id = :other AND a.code = ANY(:codes)"
)


@pytest.mark.slow
@pytest.mark.parametrize(("small", "large"), [("lsoa", "lad"), ("wd", "par"), ("par", "lad")])
def test_relations_and_areas_equal_those_of_postgis(
    demo_db: Session, small: str, large: str
) -> None:
    ids = [layer_on(demo_db, kind, today(), demo=True).id for kind in (small, large)]
    a, b = (read_layer(demo_db, demo_db.get_one(Release, one)) for one in ids)
    picked = np.random.default_rng(7).choice(len(a.codes), min(40, len(a.codes)), replace=False)
    found = relate(a.shapes[picked], b.shapes, 0.0)
    seen = {
        (str(a.codes[picked[i]]), str(b.codes[j])): (str(relation), float(m2))
        for i, j, m2, relation in zip(
            found.a, found.b, found.overlap_m2, found.relation, strict=True
        )
    }
    rows = demo_db.execute(
        BY_POSTGIS, {"one": ids[0], "other": ids[1], "codes": a.codes[picked].tolist()}
    ).all()
    assert set(seen) == {(row[0], row[1]) for row in rows}
    assert len(rows) >= len(picked)
    for code_a, code_b, within, covers, area in rows:
        relation, m2 = seen[code_a, code_b]
        assert (relation in ("within", "equals")) == within
        assert (relation in ("covers", "equals")) == covers
        assert m2 == pytest.approx(area, rel=1e-6, abs=2e-4)
