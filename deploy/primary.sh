#!/bin/sh
# Makes the primary where there is none, and runs it. Settings: BOUNDS_DATABASE_PASSWORD; PGDATA, PGPORT, BOUNDS_SOCKETS
# where the defaults of the image do not fit.
set -eu
data=${PGDATA:-/var/lib/postgresql/data}
port=${PGPORT:-5432}
sockets=${BOUNDS_SOCKETS:-/run/bounds}
# The image has one PostgreSQL.
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
if [ ! -s "$data/PG_VERSION" ]; then
    "$bin/initdb" -D "$data" -U postgres -E UTF8 --locale=C.UTF-8 --data-checksums \
        --auth-local=peer --auth-host=scram-sha-256 >/dev/null
    cat >>"$data/postgresql.conf" <<CONF
listen_addresses = '*'
unix_socket_directories = '$sockets'
jit = off
work_mem = 32MB
random_page_cost = 1.1
wal_keep_size = 1GB
max_connections = 100
hot_standby_feedback = on
max_standby_streaming_delay = 5s
idle_in_transaction_session_timeout = 5min
postgis.gdal_enabled_drivers = 'DISABLE_ALL'
CONF
    cat >"$data/pg_hba.conf" <<RULES
local all postgres peer
host replication bounds_copy samenet scram-sha-256
host replication bounds_copy samehost scram-sha-256
host bounds bounds_owner samenet scram-sha-256
host bounds bounds_owner samehost scram-sha-256
RULES
    "$bin/pg_ctl" -D "$data" -o "-p $port -c listen_addresses=''" -w -s start
    "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$sockets" -p "$port" -U postgres \
        -v password="$BOUNDS_DATABASE_PASSWORD" postgres <<'SQL'
CREATE ROLE bounds_owner LOGIN PASSWORD :'password';
CREATE ROLE bounds_rw LOGIN;
CREATE ROLE bounds_ro LOGIN;
CREATE ROLE bounds_copy LOGIN REPLICATION PASSWORD :'password';
CREATE DATABASE bounds OWNER bounds_owner;
\connect bounds
CREATE EXTENSION postgis;
CREATE EXTENSION pg_trgm;
ALTER SCHEMA public OWNER TO bounds_owner;
SQL
    "$bin/pg_ctl" -D "$data" -m fast -w -s stop
fi
exec "$bin/postgres" -D "$data" -p "$port"
