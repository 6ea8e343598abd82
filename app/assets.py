"""Which browser files are served and at which addresses; `python -m app.assets` fetches them.

Third-party files come from npm by lock file and are served under names that carry their hash; our
own carry the hash in the query. Nothing is fetched while Bounds is serving.
"""

from __future__ import annotations

import base64
import fcntl
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from boundaries.errors import Unavailable

STATIC = Path(__file__).resolve().parent / "static"
PROJECT = STATIC.parent.parent
#: served name, path inside node_modules
VENDOR_FILES: tuple[tuple[str, str], ...] = (
    ("leaflet.js", "leaflet/dist/leaflet.js"),
    ("pmtiles.js", "pmtiles/dist/pmtiles.js"),
    ("leaflet.css", "leaflet/dist/leaflet.css"),
    ("protomaps-leaflet.js", "protomaps-leaflet/dist/protomaps-leaflet.js"),
)
#: copied under their own names: Leaflet's style sheet names its pictures, licences name themselves
PLAIN_FILES: tuple[tuple[str, str], ...] = (
    ("LICENSE-leaflet.txt", "leaflet/LICENSE"),
    ("LICENSE-protomaps-leaflet.txt", "protomaps-leaflet/LICENSE"),
    ("images/layers.png", "leaflet/dist/images/layers.png"),
    ("images/layers-2x.png", "leaflet/dist/images/layers-2x.png"),
    ("images/marker-icon.png", "leaflet/dist/images/marker-icon.png"),
    ("images/marker-icon-2x.png", "leaflet/dist/images/marker-icon-2x.png"),
    ("images/marker-shadow.png", "leaflet/dist/images/marker-shadow.png"),
)
OWN_FILES = (
    "app.css",
    "areas.js",
    "build.js",
    "jobs.js",
    "map.js",
    "national.js",
    "pair.js",
    "published.js",
    "share.js",
)
_LOCKED = ("package.json", "package-lock.json", ".npmrc")
_NPM_SECONDS = 300


class AssetsMissing(Unavailable):
    """The browser files were not fetched, or some are gone."""

    slug = "browser-files-missing"
    title = "Browser files are missing"


class AssetsNotBuilt(Unavailable):
    """The browser files could not be fetched."""

    slug = "browser-files-not-built"
    title = "Browser files could not be fetched"


class Asset(NamedTuple):
    """One file a page links: its address on this host, its hash for the `integrity` attribute."""

    url: str
    integrity: str


def build(project: Path = PROJECT, static: Path = STATIC) -> bool:
    """Copy the third-party browser files into `static/vendor`; say whether anything was fetched.

    Does nothing when the manifest's stamp (lock file and file list) fits and every file still has
    its hash. The manifest is written last, so a build that was killed is simply done again; two
    builds at once wait for each other. Raises AssetsNotBuilt (one sentence) without npm or when npm
    fails.
    """
    absent = [name for name in _LOCKED if not (project / name).is_file()]
    if absent:
        raise AssetsNotBuilt(f"cannot fetch the browser files: {absent[0]} is not in {project}")
    vendor = static / "vendor"
    vendor.mkdir(parents=True, exist_ok=True)
    with (vendor / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = _stamp(project)
        if _is_complete(vendor, stamp):
            return False
        npm = shutil.which("npm")
        if npm is None:
            raise AssetsNotBuilt(
                "cannot fetch the browser files: npm was not found (Debian: apt-get install npm)"
            )
        with tempfile.TemporaryDirectory(prefix="bounds-assets-") as folder:
            for name in _LOCKED:
                shutil.copyfile(project / name, Path(folder) / name)
            _run_npm(npm, Path(folder))
            _publish(Path(folder) / "node_modules", vendor, stamp)
    _read_manifest.cache_clear()
    return True


def manifest(static: Path = STATIC) -> dict[str, Asset]:
    """Give every served file by name; read once per process.

    Raises AssetsMissing when the third-party files are not there.
    """
    return dict(_read_manifest(static))


def asset_url(name: str) -> str:
    """Give the address of a browser file by its plain name, as `/static/...`.

    Raises AssetsMissing for files that were not fetched, KeyError for a name we do not serve.
    """
    return _read_manifest(STATIC)[name].url


def asset_integrity(name: str) -> str:
    """Give the `sha384-...` text for the `integrity` attribute of a browser file."""
    return _read_manifest(STATIC)[name].integrity


def asset_texts(static: Path = STATIC) -> dict[str, str]:
    """Read the files that a single-file map carries inside itself, by plain name.

    Pictures named by Leaflet's style sheet are given as data addresses, so that the text links
    nothing.
    """
    found = {}
    for name, asset in _read_manifest(static).items():
        path = static / asset.url.removeprefix("/static/").split("?")[0]
        found[name] = path.read_text(encoding="utf-8")
    for plain, _source in PLAIN_FILES:
        if plain.endswith(".png"):
            picture = base64.b64encode((static / "vendor" / plain).read_bytes()).decode()
            found["leaflet.css"] = found["leaflet.css"].replace(
                f"url({plain})", f"url(data:image/png;base64,{picture})"
            )
    return found


def main() -> int:
    """Fetch the browser files for `python -m app.assets`; one line and exit status 1 on failure."""
    try:
        fetched = build()
    except AssetsNotBuilt as problem:
        sys.stderr.write(f"error: {problem.detail}\n")
        return 1
    sys.stdout.write("browser files fetched\n" if fetched else "browser files are in place\n")
    return 0


@functools.lru_cache(maxsize=4)
def _read_manifest(static: Path) -> Mapping[str, Asset]:
    try:
        listed = json.loads((static / "vendor" / "manifest.json").read_bytes())["files"]
    except (OSError, ValueError, KeyError):
        raise AssetsMissing("browser files are missing: run `make assets`") from None
    assets = {
        name: Asset(f"/static/vendor/{entry['file']}", entry["integrity"])
        for name, entry in listed.items()
    }
    for name in OWN_FILES:
        content = (static / name).read_bytes()
        version = hashlib.sha256(content).hexdigest()[:10]
        assets[name] = Asset(f"/static/{name}?v={version}", _integrity(content))
    return assets


def _stamp(project: Path) -> str:
    listed = json.dumps([VENDOR_FILES, PLAIN_FILES]).encode()
    return hashlib.sha256((project / "package-lock.json").read_bytes() + listed).hexdigest()


def _integrity(content: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _is_complete(vendor: Path, stamp: str) -> bool:
    try:
        written = json.loads((vendor / "manifest.json").read_bytes())
        fits = written["stamp"] == stamp and all(
            _integrity((vendor / entry["file"]).read_bytes()) == entry["integrity"]
            for entry in written["files"].values()
        )
    except (OSError, ValueError, KeyError):
        return False
    return fits and all((vendor / name).is_file() for name, _ in PLAIN_FILES)


def _run_npm(npm: str, folder: Path) -> None:
    command = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_NPM_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        reason = f"npm did not finish: {type(problem).__name__}"
        raise AssetsNotBuilt(f"cannot fetch the browser files: {reason}") from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "err" in line.lower()]
        reason = (said or [f"npm ended with {done.returncode}"])[0].strip()
        raise AssetsNotBuilt(f"cannot fetch the browser files: {reason}")


def _publish(modules: Path, vendor: Path, stamp: str) -> None:
    """Put the files beside the old ones, then the manifest, then drop what it no longer names."""
    files = {}
    for name, source in VENDOR_FILES:
        content = (modules / source).read_bytes()
        stem, ending = name.rsplit(".", 1)
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}.{ending}"
        _write_whole(vendor / hashed, content)
        files[name] = {"file": hashed, "integrity": _integrity(content)}
    for name, source in PLAIN_FILES:
        _write_whole(vendor / name, (modules / source).read_bytes())
    written = json.dumps({"stamp": stamp, "files": files}, indent=1, sort_keys=True).encode()
    _write_whole(vendor / "manifest.json", written)
    kept = {entry["file"] for entry in files.values()} | {name for name, _ in PLAIN_FILES}
    kept |= {"manifest.json", ".lock"}
    for path in vendor.rglob("*"):
        if path.is_file() and path.relative_to(vendor).as_posix() not in kept:
            path.unlink()


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".part")
    half.write_bytes(content)
    os.replace(half, path)


if __name__ == "__main__":
    sys.exit(main())
