"""What the landing page, the list of collections and their schemas say, as plain data with links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from app.exports.sheets import Kind
from app.ogc.asking import Question
from app.ogc.crs_names import STORED, SYSTEMS
from app.ogc.forms import FORMS
from app.ogc.statements.collections import About
from app.ogc.statements.filter_shapes import GEOMETRY
from app.ogc.statements.kept_layers import KINDS

_F1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_F3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/"
_F5 = "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
_COMMON = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
CONFORMS_TO = [
    _COMMON, "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    *(_F1 + each for each in ("core", "geojson", "html", "oas30")),
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    *(_F3 + each for each in ("queryables", "filter", "features-filter")),
    *(_F5 + each for each in ("schemas", "core-roles-features")),
    *(
        _CQL2 + each
        for each in (
            "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators",
            "case-insensitive-comparison", "basic-spatial-functions", "spatial-functions",
            "temporal-functions", "property-property",
        )
    ),
    _TILES + "mvt",
]  # fmt: skip
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMA = "http://www.opengis.net/def/rel/ogc/1.0/schema"
_JSON_KINDS: Mapping[Kind, Mapping[str, str]] = {
    "text": {"type": "string"}, "whole": {"type": "integer"}, "number": {"type": "number"},
    "truth": {"type": "boolean"}, "day": {"type": "string", "format": "date"},
}  # fmt: skip
_SHAPES = {"multipolygon": "geometry-multipolygon", "point": "geometry-point"}
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
TITLE = "Bounds"
TOLD = "Boundaries, partnerships, priority neighbourhoods and money for England's neighbourhoods."
Link = dict[str, str]
#: where a licence can be read, by the words that name it
_LICENCES: Mapping[str, str] = {
    "open government licence v3": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    "open parliament licence": "https://www.parliament.uk/site-information/copyright-parliament/open-parliament-licence/",
    "attribution-sharealike 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "cc by-sa 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "cc by 4.0": "https://creativecommons.org/licenses/by/4.0/",
}  # fmt: skip


def link(rel: str, kind: str, href: str, title: str) -> Link:
    """Write one link."""
    return {"rel": rel, "type": kind, "href": href, "title": title}


def licence_links(licence: str) -> list[Link]:
    """Link the text of each licence of a list (semicolons between) that is known here."""
    links = []
    for part in licence.split(";"):
        for words, address in _LICENCES.items():
            if words in part.lower():
                links.append(link("license", "text/html", address, part.strip()))
    return links


def landing(base: str) -> dict[str, Any]:
    """Write the landing page; `base` is the address of /ogc as the caller's side sees it."""
    return {
        "title": TITLE, "description": TOLD,
        "links": [
            link("self", "application/json", f"{base}?f=json", "This document"),
            link("alternate", "text/html", f"{base}?f=html", "This document as a page"),
            link("service-desc", OPENAPI, f"{base}/api", "What can be asked (OpenAPI 3.0)"),
            link("service-doc", "text/html", f"{base}/api?f=html", "What can be asked, as a page"),
            link("conformance", "application/json", f"{base}/conformance", "Classes it conforms to"),
            link("data", "application/json", f"{base}/collections", "The collections"),
        ],
    }  # fmt: skip


def conformance(base: str) -> dict[str, Any]:
    """List the classes that hold."""
    return {
        "conformsTo": CONFORMS_TO,
        "links": [
            link("self", "application/json", f"{base}/conformance?f=json", "This document"),
            link("alternate", "text/html", f"{base}/conformance?f=html", "This document as a page"),
        ],
    }


def collection(about: About, base: str) -> dict[str, Any]:
    """Write one collection, the same in the list and by itself."""
    own = f"{base}/collections/{about.id}"
    extent: dict[str, Any] = {}
    if about.extent is not None:
        extent["spatial"] = {"bbox": [list(about.extent)], "crs": next(iter(SYSTEMS))}
    if about.interval is not None:
        ends = [None if day is None else f"{day}T00:00:00Z" for day in about.interval]
        extent["temporal"] = {
            "interval": [ends], "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }  # fmt: skip
    tiles = []
    if about.id not in KINDS:
        there = f"{own}/tiles/WebMercatorQuad/tilejson.json"
        tiles.append(link("related", "application/json", there, "Vector tiles (TileJSON)"))
    links = [
        link("self", "application/json", f"{own}?f=json", about.title),
        link("alternate", "text/html", f"{own}?f=html", f"{about.title} as a page"),
        # Without a query: GDAL writes an id behind it.
        link("items", "application/geo+json", f"{own}/items", f"{about.title}: features"),
        link("items", "text/html", f"{own}/items?f=html", f"{about.title}: features as a page"),
        link(QUERYABLES, "application/schema+json", f"{own}/queryables", "What filters may name"),
        link(SCHEMA, "application/schema+json", f"{own}/schema", "What features say"),
        # So spelt, GDAL finds it: it would guess kinds from the first ten features, and cut later numbers to 32 bits.
        link(
            "describedBy",
            "application/schema+json",
            f"{own}/feature-schema",
            "A feature as GeoJSON",
        ),
        *tiles,
        *(
            link("enclosure", form.media_type, f"{own}/items?f={name}", f"All as {form.told}")
            for name, form in FORMS.items()
        ),
        *licence_links(about.licence),
    ]
    return {
        "id": about.id, "title": about.title, "description": about.description,
        "attribution": about.attribution, "license": about.licence, "extent": extent,
        "itemType": "feature", "crs": list(SYSTEMS), "storageCrs": STORED.uri, "links": links,
    }  # fmt: skip


def collections(abouts: list[About], base: str) -> dict[str, Any]:
    """List the collections."""
    return {
        "links": [
            link("self", "application/json", f"{base}/collections?f=json", "This document"),
            link("alternate", "text/html", f"{base}/collections?f=html", "This document as a page"),
        ],
        "collections": [collection(about, base) for about in abouts],
    }


def schema(about: About, base: str, *, queryables: bool) -> dict[str, Any]:
    """Write what features say, or what filters may name, as a JSON Schema."""
    own = f"{base}/collections/{about.id}/{'queryables' if queryables else 'schema'}"
    properties: dict[str, Any] = {
        name: {"title": name, "description": said.told, **_JSON_KINDS[said.kind]}
        for name, said in about.properties.items()
    }
    shape: dict[str, Any] = {"title": GEOMETRY, "format": _SHAPES[about.shape]}
    if not queryables:
        first = next(iter(properties))
        properties[first] = {**properties[first], "x-ogc-role": "id"}
        shape["x-ogc-role"] = "primary-geometry"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": own, "type": "object",
        "title": about.title, "description": about.description,
        "properties": {**properties, GEOMETRY: shape}, "additionalProperties": False,
    }  # fmt: skip


def feature_schema(about: About, base: str) -> dict[str, Any]:
    """Write what a feature is as GeoJSON, as a JSON Schema: plain kinds, which programs copy to their columns.

    Whole numbers are `number`: GDAL's columns for `integer` end at 32 bits, where pence and square metres do not.
    """
    kinds = {**_JSON_KINDS, "whole": _JSON_KINDS["number"]}
    shape = {"multipolygon": "MultiPolygon", "point": "Point"}[about.shape]
    text = {"type": "string"}
    geometry = {"type": "object", "properties": {"type": {**text, "enum": [shape]}}}
    properties = {
        name: {"description": said.told, **kinds[said.kind]}
        for name, said in about.properties.items()
        if name != "id"  # the feature's own: GDAL would make two columns of it
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base}/collections/{about.id}/feature-schema", "title": about.title,
        "description": "One feature as GeoJSON; what is not known is null.", "type": "object",
        "properties": {
            "type": {**text, "enum": ["Feature"]}, "id": text, "geometry": geometry,
            "properties": {"type": "object", "properties": properties},
        },
    }  # fmt: skip


def page_links(about: About, question: Question, base: str, following: str | None) -> list[Link]:
    """Link a page of features to itself, to its other form, to its collection and to the next page."""

    own = f"{base}/collections/{about.id}"
    asked = {name: value for name, value in question.asked.items() if name != "f"}
    forms = [
        link(
            "self" if form == "json" else "alternate", kind,
            f"{own}/items?{urlencode({**asked, 'f': form})}", told,
        )
        for form, kind, told in (
            ("json", "application/geo+json", "This page"), ("html", "text/html", "As a page to read"),
        )
    ]  # fmt: skip
    links = [
        *forms,
        link("collection", "application/json", own, about.title),
        *licence_links(about.licence),
    ]
    if following is not None:
        more = {} if question.next_limit is None else {"limit": str(question.next_limit)}
        on = urlencode({**asked, **more, "f": "json", "cursor": following})
        links.append(link("next", "application/geo+json", f"{own}/items?{on}", "The next page"))
    return links


def feature_links(about: About, base: str, key: str, asked: Mapping[str, str]) -> list[Link]:
    """Link one feature to itself, to its page and to its collection."""

    own = f"{base}/collections/{about.id}"
    item = f"{own}/items/{quote(key, safe='')}"
    kept = {name: value for name, value in asked.items() if name != "f"}
    return [
        link("self", "application/geo+json", f"{item}?{urlencode({**kept, 'f': 'json'})}", key),
        link(
            "alternate",
            "text/html",
            f"{item}?{urlencode({**kept, 'f': 'html'})}",
            f"{key} as a page",
        ),
        link("collection", "application/json", own, about.title),
        *licence_links(about.licence),
    ]
