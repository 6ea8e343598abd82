"""Says which written addresses the settings may hold; looks none of them up."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?", re.ASCII)


def has_good_port(rest: str) -> bool:
    """Say whether the port of `user:password@host:port/…` can be one, where there is any."""
    try:
        return urlsplit(f"//{rest}").port != 0
    except ValueError:
        return False


def is_web_address(written: str) -> bool:
    """Say whether it begins with http:// or https:// and a host."""
    try:
        parts = urlsplit(written)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def is_host_name(written: str) -> bool:
    """Say whether it is a name alone, without port or path."""
    return bool(_HOST_NAME.fullmatch(written))


def is_origin(written: str) -> bool:
    """Say whether it is a site, as browsers name it, or `*` for all."""
    parts = urlsplit(written) if is_web_address(written) else None
    bare = parts is not None and written == f"{parts.scheme}://{parts.netloc}"
    return written == "*" or (bare and "@" not in written)


def is_tile_template(written: str) -> bool:
    """Say whether it is an address that holds {z}, {x} and {y}."""
    return is_web_address(written) and all(mark in written for mark in ("{z}", "{x}", "{y}"))
