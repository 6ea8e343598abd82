"""The last day that can be written, 9999-12-31, is drawn by the layer of the day before it.

The spans of `release_days` end before their last day; the one without an end is written as ending on
the last day that there is, which so belonged to none: each layer looked whole on it.
"""

from __future__ import annotations

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

# CONTRACT, codes and dates: on a day one coherent layer draws the areas alive. First the served
# releases whose set of codes is exactly the set alive, the finest outlines first, then the nearest
# in date; then a temporal set that draws them all; where neither is loaded, the release that leaves
# fewest undrawn.
LAYER_ON = """
CREATE OR REPLACE FUNCTION layer_on(of_type text, on_day date, is_demo boolean)
RETURNS TABLE (
    id text, published_on date, quality text, tolerance_m double precision, partial boolean,
    temporal boolean, attribution text, missing integer, is_exact boolean
) LANGUAGE sql STABLE AS $$
    SELECT
        r.id,
        r.published_on,
        r.quality,
        r.tolerance_m,
        r.partial,
        r.temporal,
        r.attribution,
        coalesce(d.missing, 0),
        coalesce(d.missing, 0) = 0 AND (r.temporal OR coalesce(d.extra, 0) = 0)
    FROM releases AS r
    LEFT JOIN release_days AS d
        ON d.release_id = r.id AND d.from_day <= on_day AND {within}
    WHERE r.state = 'served'
      AND r.area_type = of_type
      AND r.demo = is_demo
    ORDER BY
        CASE
            WHEN coalesce(d.missing, 0) > 0 THEN 2
            WHEN r.temporal THEN 1
            WHEN coalesce(d.extra, 0) > 0 THEN 2
            ELSE 0
        END,
        coalesce(d.missing, 0),
        r.tolerance_m,
        abs(r.published_on - on_day),
        r.id
    LIMIT 1
$$
"""
WITHIN = "(on_day < d.to_day OR d.to_day = DATE '9999-12-31')"


def upgrade() -> None:
    op.execute(LAYER_ON.format(within=WITHIN))


def downgrade() -> None:
    op.execute(LAYER_ON.format(within="on_day < d.to_day"))
