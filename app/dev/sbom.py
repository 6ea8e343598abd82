"""`bounds sbom`: every package that Bounds is made of, with version, licence and hashes (CycloneDX 1.6 JSON).

It says what the lock files hold, so that the same checkout gives the same bytes; licences are those that the
installed packages state. It looks nothing up.
"""

from __future__ import annotations

import base64
import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import orjson
import typer

from app.dev.licences import licence_of
from app.version import VERSION
from boundaries.database import REPOSITORY

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; ([^\\]+?))? \\$", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def sbom_command(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="file to write; default standard output")
    ] = None,
    table: Annotated[
        bool, typer.Option("--table", help="name, version and licence, one a line")
    ] = False,
) -> None:
    """List every package that Bounds is made of, as a CycloneDX bill of materials."""
    bill = bill_of_materials()
    if table:
        text = "".join(
            f"{each['name']}\t{each['version']}\t{licence_in(each) or 'not installed here'}\n"
            for each in bill["components"]
        )
    else:
        text = orjson.dumps(bill, option=orjson.OPT_INDENT_2).decode() + "\n"
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    typer.echo(f"{len(bill['components'])} packages are listed in {output}", err=True)


def bill_of_materials(root: Path = REPOSITORY) -> dict[str, Any]:
    """Write the bill of materials of a checkout. Raises nothing for a package that is not installed here."""
    components = [*_python(root), *_browser(root)]
    listed = repr([(each["purl"], each["hashes"]) for each in components])
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        # Of what is listed, so that the same packages give the same bytes.
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, listed)}",
        "metadata": {
            "component": {
                "type": "application", "bom-ref": "bounds", "name": "bounds", "version": VERSION,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": components,
    }  # fmt: skip


def licence_in(component: dict[str, Any]) -> str | None:
    """Give the licence that a component of a bill states."""
    stated = component.get("licenses", [])
    return str(stated[0]["expression"]) if stated else None


def _python(root: Path) -> list[dict[str, Any]]:
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    pins = list(_PIN.finditer(text))
    found = []
    for pin, following in zip(pins, [*pins[1:], None], strict=True):
        name, version, marker = pin[1], pin[2], pin[3]
        block = text[pin.end() : following.start() if following else len(text)]
        hashes = [{"alg": "SHA-256", "content": each} for each in _HASH.findall(block)]
        purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
        component: dict[str, Any] = {
            "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
            "hashes": hashes, "scope": "optional" if marker else "required",
        }  # fmt: skip
        if marker:
            component["properties"] = [{"name": "bounds:only-where", "value": marker.strip()}]
        if licence := _installed_licence(name):
            component["licenses"] = [{"expression": licence}]
        found.append(component)
    return found


def _installed_licence(name: str) -> str | None:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return None
    # Two versions of one package may be locked, for two Pythons: under one licence.
    return licence_of(name, told)


def _browser(root: Path) -> list[dict[str, Any]]:
    locked = orjson.loads((root / "package-lock.json").read_bytes())["packages"]
    found = []
    for place, each in sorted(locked.items()):
        if not place:
            continue
        name = place.rpartition("node_modules/")[2]
        purl = f"pkg:npm/{name.replace('@', '%40')}@{each['version']}"
        algorithm, _, digest = each["integrity"].partition("-")
        known_as = {"sha512": "SHA-512", "sha1": "SHA-1"}[algorithm]
        content = base64.b64decode(digest).hex()
        found.append(
            {
                "type": "library", "bom-ref": f"{purl}#{place}", "name": name, "version": each["version"],
                "purl": purl, "hashes": [{"alg": known_as, "content": content}],
                "scope": "required", "licenses": [{"expression": each["license"]}],
            }
        )  # fmt: skip
    return found
