"""Upper-tier authorities are judged by what they are stored as: counties, and the districts that are a county's equal.

No area is of the type `utla` itself, so each of its layers looked whole on every day, and the one of 2021 drew today:
it lacks the four unitaries of 2023, Barnsley and Sheffield.
"""

from __future__ import annotations

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

REFRESH = """
CREATE OR REPLACE FUNCTION refresh_release_days(of_type text) RETURNS void LANGUAGE sql AS $$
    DELETE FROM release_days AS d USING releases AS r
    WHERE r.id = d.release_id AND r.area_type = of_type;

    INSERT INTO release_days (release_id, from_day, to_day, missing, extra)
    WITH own AS (
        SELECT code, demo, valid_from, valid_to FROM areas WHERE type = of_type{upper_tier}
    ),
    turns AS (
        SELECT demo, DATE '0001-01-01' AS day FROM releases WHERE area_type = of_type
        UNION
        SELECT demo, valid_from FROM own WHERE valid_from IS NOT NULL
        UNION
        SELECT demo, valid_to FROM own WHERE valid_to IS NOT NULL
    ),
    spans AS (
        SELECT
            demo,
            day AS from_day,
            lead(day, 1, DATE '9999-12-31') OVER (PARTITION BY demo ORDER BY day) AS to_day
        FROM turns
    ),
    alive AS (
        SELECT s.demo, s.from_day, count(a.code) AS living
        FROM spans AS s
        LEFT JOIN own AS a
            ON a.demo = s.demo
            AND (a.valid_from IS NULL OR a.valid_from <= s.from_day)
            AND (a.valid_to IS NULL OR a.valid_to > s.from_day)
        GROUP BY s.demo, s.from_day
    ),
    drawn AS (
        SELECT
            r.id,
            r.demo,
            s.from_day,
            count(*) FILTER (
                WHERE (a.valid_from IS NULL OR a.valid_from <= s.from_day)
                  AND (a.valid_to IS NULL OR a.valid_to > s.from_day)
            ) AS living,
            count(a.code) AS in_all
        FROM releases AS r
        JOIN spans AS s ON s.demo = r.demo
        JOIN boundaries AS b ON b.release_id = r.id
        JOIN own AS a ON a.code = b.code
        WHERE r.area_type = of_type
        GROUP BY r.id, r.demo, s.from_day
    )
    SELECT
        r.id,
        s.from_day,
        s.to_day,
        alive.living - coalesce(drawn.living, 0),
        coalesce(drawn.in_all - drawn.living, 0)
    FROM releases AS r
    JOIN spans AS s ON s.demo = r.demo
    JOIN alive ON alive.demo = s.demo AND alive.from_day = s.from_day
    LEFT JOIN drawn ON drawn.id = r.id AND drawn.from_day = s.from_day
    WHERE r.area_type = of_type;
$$
"""
# Counties, unitaries, metropolitan districts and London boroughs; districts of the lower tier begin with E07.
UPPER_TIER = """
        UNION ALL
        SELECT code, demo, valid_from, valid_to FROM areas
        WHERE of_type = 'utla' AND (type = 'cty' OR type = 'lad' AND left(code, 3) IN ('E06', 'E08', 'E09', 'X06'))"""
# What was kept of answers by another layer is of another state from here on.
ANEW = (
    "SELECT refresh_release_days('utla')",
    "INSERT INTO geography_changes (table_name) VALUES ('releases')",
)


def upgrade() -> None:
    op.execute(REFRESH.format(upper_tier=UPPER_TIER))
    for statement in ANEW:
        op.execute(statement)


def downgrade() -> None:
    op.execute(REFRESH.format(upper_tier=""))
    for statement in ANEW:
        op.execute(statement)
