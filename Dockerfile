# Bounds with its private PostGIS in one container. It only copies files and calls the same
# ./bounds that a checkout does. It was NOT built where it was written (there is no Docker daemon
# there); tests/test_bootstrap.py checks its paths and its start command.
#
#   docker build -t bounds .
#   docker run -p 8000:8000 -v bounds:/var/lib/bounds bounds
#
# With a database of your own: -e BOUNDS_DATABASE_URL=postgresql://user:password@host:5432/db
FROM debian:bookworm-slim

# The server never runs as root; the private database lives in the volume and belongs to this user.
RUN useradd --system --create-home --home-dir /home/bounds --shell /usr/sbin/nologin bounds \
    && install -d -o bounds -g bounds /var/lib/bounds
WORKDIR /srv/bounds

# What installing depends on comes first, so that a change of code does not install again.
COPY bounds requirements.lock pyproject.toml package.json package-lock.json .npmrc ./
COPY app/__init__.py app/late_imports.py app/assets.py app/
COPY boundaries/__init__.py boundaries/errors.py boundaries/
RUN ./bounds bootstrap && rm -rf /var/lib/apt/lists/* /root/.cache /root/.npm

COPY LICENSE README.md ./
COPY boundaries boundaries
COPY maps maps
COPY migrations migrations
COPY app app
# Shown at /methods.
COPY docs/methods docs/methods
RUN ./bounds bootstrap

USER bounds
ENV BOUNDS_DATA_DIR=/var/lib/bounds
VOLUME /var/lib/bounds
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD [".venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["./bounds", "serve", "--host", "0.0.0.0"]
