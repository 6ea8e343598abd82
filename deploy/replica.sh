#!/bin/sh
# Copies the primary where there is no copy yet, and follows it. Settings: BOUNDS_DATABASE_PASSWORD; BOUNDS_PRIMARY
# (host), BOUNDS_PRIMARY_PORT, PGDATA, PGPORT, BOUNDS_SOCKETS where the defaults of the image do not fit.
set -eu
data=${PGDATA:-/var/lib/postgresql/data}
port=${PGPORT:-5432}
sockets=${BOUNDS_SOCKETS:-/run/bounds}
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
if [ ! -s "$data/standby.signal" ] && [ ! -e "$data/.copied" ]; then
    # What a copy that was cut off left behind.
    find "$data" -mindepth 1 -delete
    PGPASSWORD=$BOUNDS_DATABASE_PASSWORD "$bin/pg_basebackup" -D "$data" -X stream -R -c fast \
        -h "${BOUNDS_PRIMARY:-primary}" -p "${BOUNDS_PRIMARY_PORT:-5432}" -U bounds_copy
    : >"$data/.copied"
fi
exec "$bin/postgres" -D "$data" -p "$port" -c unix_socket_directories="$sockets"
