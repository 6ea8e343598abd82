#!/bin/sh
# Runs PgBouncer with deploy/pgbouncer.ini and the one user who comes through it. Setting: BOUNDS_DATABASE_PASSWORD.
set -eu
folder=$(mktemp -d)
printf '"bounds_owner" "%s"\n' "$BOUNDS_DATABASE_PASSWORD" >"$folder/userlist.txt"
chmod 600 "$folder/userlist.txt"
sed "s#^auth_file = .*#auth_file = $folder/userlist.txt#" /deploy/pgbouncer.ini >"$folder/pgbouncer.ini"
exec /usr/sbin/pgbouncer "$folder/pgbouncer.ini"
