-- Question: who may read schema gis, and what else may they read?
-- Where the role bounds_ro exists (a private cluster), it reads schema gis and no table. It keeps the
-- use of schema public, where PostGIS has its types, functions and lists of geometry columns.
DO $$
DECLARE
    ours record;
BEGIN
    IF to_regrole('bounds_ro') IS NULL THEN
        RETURN;
    END IF;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM bounds_ro;
    FOR ours IN
        SELECT c.relname
        FROM pg_class AS c
        WHERE c.relnamespace = to_regnamespace('public')
          AND c.relkind IN ('r', 'v', 'm', 'p')
          AND pg_has_role(c.relowner, 'USAGE')
    LOOP
        EXECUTE format('REVOKE ALL ON public.%I FROM bounds_ro', ours.relname);
    END LOOP;
    GRANT USAGE ON SCHEMA gis TO bounds_ro;
    GRANT SELECT ON ALL TABLES IN SCHEMA gis TO bounds_ro;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA gis TO bounds_ro;
END
$$;
