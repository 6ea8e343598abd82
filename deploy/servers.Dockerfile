# PostgreSQL with PostGIS, PgBouncer and nginx as Debian has them: the versions that the tests start.
FROM debian:12-slim
RUN mkdir -p /etc/postgresql-common/createcluster.d \
    && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/bounds.conf \
    && apt-get update \
    && apt-get install -y --no-install-recommends postgresql-postgis pgbouncer nginx \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o postgres -g postgres -m 700 /var/lib/postgresql/data \
    && install -d -o postgres -g postgres /run/bounds
COPY primary.sh replica.sh pooler.sh cache.sh pgbouncer.ini nginx.conf /deploy/
