"""Gives the private server's roles their rights on a database that came from a server without these roles."""

from __future__ import annotations

import secrets

import psycopg

from app.dev.private_postgres import OWNER, PrivatePostgres
from boundaries.database import migrate

# Of a database that the migrations made here: every right of the two roles, as the statement that gives it.
RIGHTS = """
WITH given AS (
    SELECT 'TABLE ' || class.oid::regclass AS object, class.relacl AS acl
    FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
    WHERE space.nspname IN ('public', 'gis') AND class.relkind IN ('r', 'v', 'm')
    UNION ALL
    SELECT 'SEQUENCE ' || class.oid::regclass, class.relacl
    FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
    WHERE space.nspname IN ('public', 'gis') AND class.relkind = 'S'
    UNION ALL
    SELECT 'FUNCTION ' || routine.oid::regprocedure, routine.proacl
    FROM pg_proc AS routine JOIN pg_namespace AS space ON space.oid = routine.pronamespace
    WHERE space.nspname IN ('public', 'gis')
    UNION ALL
    SELECT 'SCHEMA ' || quote_ident(nspname), nspacl FROM pg_namespace WHERE nspname IN ('public', 'gis')
)
SELECT format('GRANT %s ON %s TO %I;', string_agg(exploded.privilege_type, ', '), given.object, role.rolname)
FROM given
CROSS JOIN LATERAL aclexplode(given.acl) AS exploded
JOIN pg_roles AS role ON role.oid = exploded.grantee
WHERE role.rolname IN ('bounds_rw', 'bounds_ro')
GROUP BY given.object, role.rolname
ORDER BY given.object, role.rolname
"""


def give_rights(server: PrivatePostgres, database: str) -> None:
    """Give a migrated database the rights that the migrations give where the roles are there."""
    model = f"rights_{secrets.token_hex(4)}"
    server.run_sql(f"CREATE DATABASE {model} OWNER {OWNER}")
    try:
        server.fit_out(model)
        migrate(server.url(database=model))
        address = server.url("postgres", model).replace("+psycopg", "")
        with psycopg.connect(address, options="-c search_path=pg_catalog") as connection:
            statements = [statement for (statement,) in connection.execute(RIGHTS)]
    finally:
        server.run_sql(f"DROP DATABASE {model} WITH (FORCE)")
    server.fit_out(database)
    server.run_sql("\n".join(statements), database=database)
