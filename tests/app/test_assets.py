"""The browser files are upstream's own, come by lock file, and a half-made build is simply made again."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app import assets

UPSTREAM_LEAFLET = "sha256-20nQCchB9co0qIjJZRGuk2/Z9VM+kNiyxNV1lvTlZBo="
ROOT = Path(assets.__file__).resolve().parent.parent
FILES = {
    "leaflet/dist/leaflet.js": b"L={}",
    "leaflet/dist/leaflet.css": b".a{background:url(images/layers.png)}",
    "leaflet/LICENSE": b"BSD",
    "pmtiles/dist/pmtiles.js": b"pmtiles={}",
    "protomaps-leaflet/dist/protomaps-leaflet.js": b"protomapsL={}",
    "protomaps-leaflet/LICENSE": b"BSD",
    **{source: b"\x89PNG" for _, source in assets.PLAIN_FILES if source.endswith(".png")},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    static = tmp_path / "static"
    static.mkdir()
    for name in assets.OWN_FILES:
        shutil.copyfile(assets.STATIC / name, static / name)
    return tmp_path


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that unpacks small files instead of fetching, and counts its calls."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "npm"
    source = (
        f"#!{sys.executable}\nimport pathlib, sys\n"
        f"log = pathlib.Path({str(tmp_path / 'calls')!r})\n"
        "log.write_text((log.read_text() if log.exists() else '') + ' '.join(sys.argv[1:]) + '\\n')\n"
        f"for name, content in {FILES!r}.items():\n"
        "    path = pathlib.Path('node_modules') / name\n"
        "    path.parent.mkdir(parents=True, exist_ok=True)\n    path.write_bytes(content)\n"
    )
    script.write_text(source)
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "calls"


def calls(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_the_leaflet_we_serve_is_upstreams_byte_for_byte():
    served = assets.STATIC / assets.asset_url("leaflet.js").removeprefix("/static/")
    digest = hashlib.sha256(served.read_bytes()).digest()
    assert "sha256-" + base64.b64encode(digest).decode() == UPSTREAM_LEAFLET
    assert hashlib.sha256(served.read_bytes()).hexdigest()[:10] in served.name
    assert (assets.STATIC / "vendor" / "LICENSE-leaflet.txt").read_text().startswith("BSD 2-Clause")


def test_every_asset_has_a_local_address_and_the_hash_of_what_lies_there():
    listed = assets.manifest()
    assert set(listed) == {
        "leaflet.js", "leaflet.css", "protomaps-leaflet.js", "app.css", "areas.js", "build.js", "jobs.js", "share.js",
        "map.js", "national.js", "pair.js", "pmtiles.js", "published.js",
    }  # fmt: skip
    for asset in listed.values():
        assert asset.url.startswith("/static/")
        content = (assets.STATIC / asset.url.removeprefix("/static/").split("?")[0]).read_bytes()
        digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
        assert asset.integrity == f"sha384-{digest}"
    assert assets.asset_integrity("map.js") == listed["map.js"].integrity


def test_the_texts_of_a_single_file_name_no_other_file():
    texts = assets.asset_texts()
    assert not re.search(r"url\((?!data:|#)", texts["leaflet.css"])
    assert "url(data:image/png;base64," in texts["leaflet.css"]
    assert not re.search(r"url\((?!data:|#)|@import", texts["app.css"])


def test_the_lock_file_pins_every_package_by_hash_and_holds_no_address():
    locked = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in locked["packages"].items() if name}
    assert packages["node_modules/leaflet"]["version"] == "1.9.4"
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "http" not in (ROOT / "package-lock.json").read_text()
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())


def test_a_second_build_fetches_nothing(project: Path, npm: Path):
    static = project / "static"
    assert assets.build(project, static) is True
    assert assets.build(project, static) is False
    assert npm.read_text() == "ci --omit=dev --ignore-scripts --no-audit --no-fund\n"
    listed = assets.manifest(static)
    assert (
        listed["leaflet.js"].url
        == f"/static/vendor/leaflet.{hashlib.sha256(b'L={}').hexdigest()[:10]}.js"
    )
    assert not (project / "node_modules").exists()


@pytest.mark.parametrize(
    "harm",
    [
        lambda vendor: (vendor / "manifest.json").unlink(),
        lambda vendor: (vendor / "manifest.json").write_text('{"stamp": "cut'),
        lambda vendor: next(vendor.glob("leaflet.*.js")).unlink(),
        lambda vendor: next(vendor.glob("leaflet.*.js")).write_text("changed"),
        lambda vendor: (vendor / "images" / "layers.png").unlink(),
    ],
    ids=["no manifest", "cut manifest", "file gone", "file changed", "picture gone"],
)
def test_what_a_killed_build_or_a_hand_left_behind_is_built_again(project: Path, npm: Path, harm):
    static = project / "static"
    assets.build(project, static)
    harm(static / "vendor")
    assert assets.build(project, static) is True
    assert next((static / "vendor").glob("leaflet.*.js")).read_bytes() == b"L={}"
    assert calls(npm) == 2


def test_a_changed_lock_file_is_built_again_and_old_files_go(project: Path, npm: Path):
    static = project / "static"
    assets.build(project, static)
    (static / "vendor" / "leaflet.0000000000.js").write_text("old")
    (static / "vendor" / "leaflet.js.part").write_text("half")
    with (project / "package-lock.json").open("a") as lock:
        lock.write("\n")
    assert assets.build(project, static) is True
    names = {path.name for path in (static / "vendor").iterdir()}
    assert not {"leaflet.0000000000.js", "leaflet.js.part"} & names


def test_without_npm_the_command_says_one_line_and_ends_with_1(project: Path, tmp_path: Path):
    source = (
        "import pathlib, sys; from app import assets; here = pathlib.Path(sys.argv[1]);"
        "assets.build.__defaults__ = (here, here / 'static'); sys.exit(assets.main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", source, str(project)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": str(tmp_path / "nowhere")},
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "error: cannot fetch the browser files: npm was not found (Debian: apt-get install npm)\n"
    )


def test_when_npm_fails_its_reason_is_given_in_one_line(project: Path, npm: Path, tmp_path: Path):
    (tmp_path / "bin" / "npm").write_text(
        "#!/bin/sh\necho 'npm error code EINTEGRITY' >&2\nexit 1\n"
    )
    with pytest.raises(assets.AssetsNotBuilt) as caught:
        assets.build(project, project / "static")
    assert caught.value.detail == "cannot fetch the browser files: npm error code EINTEGRITY"
    with pytest.raises(assets.AssetsMissing, match="run `make assets`"):
        assets.manifest(project / "static")


def test_a_name_we_do_not_serve_is_an_error():
    with pytest.raises(KeyError):
        assets.asset_url("jquery.js")
