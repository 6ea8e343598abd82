#!/bin/sh
# Runs nginx with deploy/nginx.conf before the service of the compose file.
set -eu
mkdir -p /var/cache/nginx
sed -e 's#server 127.0.0.1:8000;#server service:8000;#' -e 's#server_name bounds.example.org;#server_name localhost;#' \
    /deploy/nginx.conf >/tmp/nginx.conf
exec /usr/sbin/nginx -c /tmp/nginx.conf -g 'daemon off;'
