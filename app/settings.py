"""What a run of Bounds was told by its environment; reads nothing but the mapping it is handed."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from app.addresses import (
    has_good_port,
    is_host_name,
    is_origin,
    is_tile_template,
    is_web_address,
)
from boundaries.errors import Fault, Invalid

PREFIX = "BOUNDS_"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# Limit used when the service listens beyond this machine and nobody chose one (the figure of
# the Ordnance Survey's own APIs).
PUBLIC_RATE_LIMIT_PER_MIN = 600


class SettingsInvalid(Invalid):
    """One or more BOUNDS_… variables hold values that cannot be used."""

    slug = "invalid-settings"
    title = "The settings are not valid"


class SettingRow(NamedTuple):
    """One line of `bounds settings`."""

    name: str
    value: str
    default: str
    meaning: str


def _said(meaning: str, default: str, *, secret: bool = False) -> dict[str, Any]:
    return {"meaning": meaning, "default": default, "secret": secret}


@dataclass(frozen=True)
class Settings:
    """Every choice the operator can make, checked once and passed down by the roots.

    `database_url` is None when the private cluster is to be used. Both database addresses name the
    psycopg driver and never appear in `repr`, because they may hold a password. A command line
    option that replaces a setting is laid over the environment before `from_environment` reads it
    (`{**environ, "BOUNDS_PORT": "8001"}`), so that what follows from it follows.
    """

    data_dir: Path = field(
        metadata=_said(
            "folder of the private database, generated maps and stored answers",
            "/var/lib/bounds for root, else $XDG_DATA_HOME/bounds or ~/.local/share/bounds",
        )
    )
    database_url: str | None = field(
        default=None,
        repr=False,
        metadata=_said(
            "address of a PostGIS 3.3 or newer to use instead of the private one",
            "the private database",
            secret=True,
        ),
    )
    database_replica_url: str | None = field(
        default=None,
        repr=False,
        metadata=_said(
            "address of a read-only copy of that database for reads (several: comma between)",
            "none",
            secret=True,
        ),
    )
    database_pooled: bool = field(
        default=False,
        metadata=_said(
            "1 where a pooler in transaction mode (PgBouncer) stands before the databases: nothing is kept in"
            " a session",
            "0",
        ),
    )
    mirror: Path | None = field(
        default=None,
        metadata=_said(
            "folder with copies of the publishers' files, looked in before the network", "none"
        ),
    )
    host: str = field(
        default="127.0.0.1", metadata=_said("network address to listen on", "127.0.0.1")
    )
    port: int = field(default=8000, metadata=_said("port to listen on", "8000"))
    workers: int = field(
        default=1,
        metadata=_said(
            "server processes; they count rates together, requests each for itself", "1"
        ),
    )
    base_url: str = field(
        default="http://127.0.0.1:8000",
        metadata=_said("address people reach the service under, for links", "http://HOST:PORT"),
    )
    hosts: tuple[str, ...] = field(
        default=(),
        metadata=_said(
            "names the service answers to beside that of BOUNDS_BASE_URL (comma between); health and"
            " metrics answer to any",
            "any beyond this machine; on it no public name",
        ),
    )
    cors_origins: tuple[str, ...] = field(
        default=(),
        metadata=_said(
            "sites whose pages' scripts may read and compute here, without cookies or tokens"
            " (https://maps.example.org, comma between; * = all)",
            "none",
        ),
    )
    rate_limit_per_min: int = field(
        default=0,
        metadata=_said(
            "requests a minute allowed to one address or token; 0 = no limit",
            f"0 on a loopback host, else {PUBLIC_RATE_LIMIT_PER_MIN}",
        ),
    )
    basemap_url: str | None = field(
        default=None,
        metadata=_said(
            "address template ({z}, {x}, {y}) of a background map; without it nothing leaves the"
            " host",
            "none",
        ),
    )
    basemap_attribution: str = field(
        default="", metadata=_said("credit line of the background map", "empty")
    )
    contact: str = field(
        default="",
        metadata=_said(
            "whom to tell of a page that cannot be used: an e-mail address or words, on /accessibility",
            "empty",
        ),
    )
    max_upload_mb: int = field(
        default=200, metadata=_said("largest uploaded file, in megabytes (10^6 bytes)", "200")
    )
    statement_timeout_s: int = field(
        default=15,
        metadata=_said("longest time one database statement may take, in seconds", "15"),
    )
    # Who makes settings by hand is in no hurry: these two are what `from_environment` makes of nothing said.
    request_timeout_s: int = field(
        default=600,
        metadata=_said(
            "longest time one request may take from its last byte to the answer's first, in seconds",
            "20",
        ),
    )
    long_request_timeout_s: int = field(
        default=600,
        metadata=_said(
            "the same for whole files, tables sent to be worked on, and what is made once for all",
            "120",
        ),
    )
    pool_size: int = field(
        default=5,
        metadata=_said(
            "connections that each server process keeps to the database, and to each copy, for its requests",
            "5",
        ),
    )
    log_level: str = field(
        default="INFO",
        metadata=_said(f"least serious log line written: {', '.join(LOG_LEVELS)}", "INFO"),
    )
    pg_bindir: Path | None = field(
        default=None,
        metadata=_said(
            "folder of the PostgreSQL programs of the private database",
            "looked for in the usual places",
        ),
    )
    backup_dir: Path | None = field(
        default=None,
        metadata=_said("folder whose newest backup `bounds doctor` looks at", "none"),
    )
    keep_days: int = field(
        default=90, metadata=_said("days after which `bounds db tidy` forgets ended imports", "90")
    )
    runtime_dir: Path | None = field(
        default=None,
        metadata=_said("folder for the login session's sockets", "$XDG_RUNTIME_DIR"),
    )

    @property
    def replica_addresses(self) -> list[str]:
        """The addresses of the copies, each by itself."""
        first, *others = (self.database_replica_url or "").split(",postgresql")
        return [each for each in (first, *(f"postgresql{rest}" for rest in others)) if each]

    @property
    def is_loopback(self) -> bool:
        """True when only this machine can reach the service."""
        return _is_loopback(self.host)

    @property
    def max_upload_bytes(self) -> int:
        """The largest upload in bytes."""
        return self.max_upload_mb * 1_000_000

    def rows(self) -> list[SettingRow]:
        """List every BOUNDS_ setting with its value (secrets hidden), default and meaning."""
        listed = []
        for each in dataclasses.fields(self):
            if each.name == "runtime_dir":  # the session's own variable, not a BOUNDS_ one
                continue
            value = getattr(self, each.name)
            listed_value = ", ".join(value) if isinstance(value, tuple) else value
            shown = "" if listed_value is None else str(listed_value)
            if shown and each.metadata["secret"]:
                shown = "(set)"
            listed.append(
                SettingRow(
                    PREFIX + each.name.upper(),
                    shown,
                    each.metadata["default"],
                    each.metadata["meaning"],
                )
            )
        return listed


class _Reader:
    """Takes values out of the environment and remembers every fault, to tell all at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[Fault] = []

    def text(self, name: str) -> str | None:
        """The variable's text without surrounding spaces; None when absent or empty."""
        return self.environ.get(PREFIX + name, "").strip() or None

    def fault(self, name: str, detail: str, value: str = "") -> None:
        self.faults.append(Fault(detail=detail, column=PREFIX + name, value=value))

    def number(self, name: str, default: int, least: int, most: int) -> int:
        written = self.text(name)
        if written is None:
            return default
        # int() alone would let "1_000", "+5" and Arabic-Indic digits through.
        if not (written.isascii() and written.isdigit()) or not least <= int(written) <= most:
            self.fault(name, f"must be a whole number from {least} to {most}", written)
            return default
        return int(written)

    def database(self, name: str) -> str | None:
        written = self.text(name)
        if written is None:
            return None
        addresses = [part.strip() for part in written.split(",postgres")]
        addresses = addresses[:1] + ["postgres" + rest for rest in addresses[1:]]
        return ",".join(self._one_database(name, address) for address in addresses)

    def _one_database(self, name: str, address: str) -> str:
        scheme, separator, rest = address.partition("://")
        if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
            # The value is not repeated: it may hold a password.
            self.fault(name, "must look like postgresql://user:password@host:5432/database")
        elif not has_good_port(rest):
            self.fault(name, "the port must be a whole number from 1 to 65535")
        return f"postgresql+psycopg://{rest}"

    def folder(self, name: str, *, must_exist: bool) -> Path | None:
        written = self.text(name)
        if written is None:
            return None
        path = Path(self._expand(written)).absolute()
        if must_exist and not path.is_dir():
            self.fault(name, "is not a folder", written)
        elif path.exists() and not path.is_dir():
            self.fault(name, "is a file where a folder is needed", written)
        return path

    def _expand(self, written: str) -> str:
        home = self.environ.get("HOME", "")
        return (
            home + written[1:] if home and (written == "~" or written.startswith("~/")) else written
        )

    def several(self, name: str, is_good: Callable[[str], bool], rule: str) -> tuple[str, ...]:
        parts = [part.strip().rstrip("/") for part in (self.text(name) or "").split(",")]
        for part in filter(None, parts):
            if not is_good(part):
                self.fault(name, rule, part)
        return tuple(part.lower() for part in parts if part)

    def address(self, name: str, is_good: Callable[[str], bool], rule: str) -> str | None:
        written = self.text(name)
        if written is not None and not is_good(written):
            self.fault(name, rule, written)
        return written


def from_environment(environ: Mapping[str, str], *, is_root: bool | None = None) -> Settings:
    """Read the BOUNDS_… variables of `environ`.

    `is_root` says whose default data folder applies; None asks the operating system.
    Raises SettingsInvalid listing every bad value at once.
    """
    read = _Reader(environ)
    host = read.text("HOST") or "127.0.0.1"
    port = read.number("PORT", 8000, 1, 65535)
    shown_host = f"[{host}]" if ":" in host else host
    base_url = read.address(
        "BASE_URL", is_web_address, "must begin with http:// or https:// and a host"
    )
    level = (read.text("LOG_LEVEL") or "INFO").upper()
    if level not in LOG_LEVELS:
        read.fault("LOG_LEVEL", f"must be one of {', '.join(LOG_LEVELS)}", level)
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    settings = Settings(
        database_url=read.database("DATABASE_URL"),
        database_replica_url=read.database("DATABASE_REPLICA_URL"),
        data_dir=read.folder("DATA_DIR", must_exist=False) or _default_data_dir(environ, is_root),
        database_pooled=bool(read.number("DATABASE_POOLED", 0, 0, 1)),
        mirror=read.folder("MIRROR", must_exist=True),
        host=host,
        port=port,
        workers=read.number("WORKERS", 1, 1, 64),
        base_url=(base_url or f"http://{shown_host}:{port}").rstrip("/"),
        hosts=read.several("HOSTS", is_host_name, "must be names without port or path"),
        cors_origins=read.several(
            "CORS_ORIGINS", is_origin, "must look like https://maps.example.org, or be *"
        ),
        rate_limit_per_min=read.number(
            "RATE_LIMIT_PER_MIN",
            0 if _is_loopback(host) else PUBLIC_RATE_LIMIT_PER_MIN,
            0,
            1_000_000,
        ),
        basemap_url=read.address(
            "BASEMAP_URL", is_tile_template, "must be an http(s) address holding {z}, {x} and {y}"
        ),
        basemap_attribution=read.text("BASEMAP_ATTRIBUTION") or "",
        contact=read.text("CONTACT") or "",
        backup_dir=read.folder("BACKUP_DIR", must_exist=True),
        keep_days=read.number("KEEP_DAYS", 90, 1, 36_500),
        max_upload_mb=read.number("MAX_UPLOAD_MB", 200, 1, 10_000),
        statement_timeout_s=read.number("STATEMENT_TIMEOUT_S", 15, 1, 3600),
        request_timeout_s=read.number("REQUEST_TIMEOUT_S", 20, 1, 3600),
        long_request_timeout_s=read.number("LONG_REQUEST_TIMEOUT_S", 120, 1, 7200),
        pool_size=read.number("POOL_SIZE", 5, 1, 100),
        log_level=level,
        pg_bindir=read.folder("PG_BINDIR", must_exist=True),
        runtime_dir=Path(runtime) if runtime.startswith("/") else None,
    )
    if read.faults:
        count = len(read.faults)
        raise SettingsInvalid(
            f"{count} setting{'s' if count > 1 else ''} cannot be used: "
            + "; ".join(fault.as_line() for fault in read.faults),
            read.faults,
        )
    return settings


def _default_data_dir(environ: Mapping[str, str], is_root: bool | None) -> Path:
    # Root's own home is closed to the `postgres` user that runs the private server.
    if os.geteuid() == 0 if is_root is None else is_root:
        return Path("/var/lib/bounds")
    data_home = environ.get("XDG_DATA_HOME", "")
    if data_home.startswith("/"):  # the XDG specification ignores relative paths
        return Path(data_home) / "bounds"
    return Path(environ.get("HOME") or Path.home()) / ".local" / "share" / "bounds"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
