"""The OpenAPI 3.0 document of the routes under /ogc, written by hand as the standard words its parameters."""

from __future__ import annotations

from typing import Any

from app.ogc.asking import DEFAULT_LIMIT, MOST_LIMIT
from app.ogc.crs_names import SYSTEMS
from app.ogc.describing import TITLE, TOLD
from app.ogc.filter_text import JSON, TEXT
from app.ogc.forms import FORMS
from app.ogc.statements.collections import About

_TEXT = {"type": "string"}


def _parameter(name: str, told: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name, "in": "query", "required": False, "description": told, "style": "form",
        "explode": False, "schema": schema,
    }  # fmt: skip


def _parameters() -> dict[str, Any]:
    systems = {
        "type": "string",
        "format": "uri",
        "enum": list(SYSTEMS),
        "default": next(iter(SYSTEMS)),
    }
    names = {"type": "array", "items": _TEXT}
    return {
        "collectionId": {
            "name": "collectionId", "in": "path", "required": True, "schema": _TEXT,
            "description": "a type of area, a release, or a kind of record",
        },
        "featureId": {
            "name": "featureId", "in": "path", "required": True, "schema": _TEXT,
            "description": "the feature's id: a code, a slug",
        },
        "limit": _parameter(
            "limit",
            f"features a page (beyond {MOST_LIMIT}, that many), or of a file, which holds as many as it says",
            {"type": "integer", "minimum": 1, "maximum": MOST_LIMIT, "default": DEFAULT_LIMIT},
        ),
        "bbox": _parameter(
            "bbox", "features that meet a box; two numbers for each corner, or three with heights",
            {
                "type": "array", "oneOf": [
                    {"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6},
                ],
                "minItems": 4, "maxItems": 6, "items": {"type": "number"},
            },
        ),
        "datetime": _parameter(
            "datetime", "a day, an instant, or an interval, open at one end with ..", _TEXT
        ),
        "crs": _parameter("crs", "system of the coordinates given", systems),
        "bbox-crs": _parameter("bbox-crs", "system of the box", systems),
        "filter": _parameter("filter", "CQL2; /queryables lists what it may name", _TEXT),
        "filter-lang": _parameter(
            "filter-lang", "how the filter is written",
            {"type": "string", "enum": [TEXT, JSON], "default": TEXT},
        ),
        "filter-crs": _parameter("filter-crs", "system of the coordinates in the filter", systems),
        "properties": _parameter("properties", "the properties to give; without it, all", names),
        "sortby": _parameter("sortby", "properties to sort by, - before those that fall", names),
        "cursor": _parameter("cursor", "where a page begins; taken from the link next", _TEXT),
        "f": _parameter(
            "f", "json, html, or a file of all that is asked for",
            {"type": "string", "enum": ["json", "html", *FORMS]},
        ),
        "f-page": _parameter("f", "json or html", {"type": "string", "enum": ["json", "html"]}),
    }  # fmt: skip


def _refs(*names: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _schemas() -> dict[str, Any]:
    """Describe a page of features and a feature: RFC 7946's members, and whose the data are."""
    link = {
        "type": "object", "required": ["href", "rel"],
        "properties": dict.fromkeys(("href", "rel", "type", "title"), _TEXT),
    }  # fmt: skip
    rights = {
        "attribution": {"type": "string", "description": "the line that the source asks for"},
        "license": {"type": "string", "description": "its licence; the link `license` leads to it"},
        "links": {"type": "array", "items": link},
    }
    count = {"type": "integer", "minimum": 0}
    feature = {
        "type": "object", "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]}, "id": _TEXT,
            "geometry": {"type": "object", "nullable": True}, "properties": {"type": "object"}, **rights,
        },
    }  # fmt: skip
    page = {
        "type": "object",
        "required": ["type", "numberMatched", "numberReturned", "attribution", "license", "links", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]}, "numberMatched": count,
            "numberReturned": count, **rights,
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
        },
    }  # fmt: skip
    one = {**feature, "required": [*feature["required"], "attribution", "license", "links"]}
    return {"featureCollection": page, "feature": feature, "oneFeature": one}


def _answers(kind: str, *, of_collection: bool, shape: str) -> dict[str, Any]:
    refused = {
        "description": "A problem, told as RFC 9457 says",
        "content": {"application/problem+json": {"schema": {"type": "object"}}},
    }
    schema = {"$ref": f"#/components/schemas/{shape}"} if shape else {"type": "object"}
    answers: dict[str, Any] = {
        "200": {
            "description": "What was asked for",
            "content": {kind: {"schema": schema}, "text/html": {"schema": _TEXT}},
        },
        "400": refused,
        "503": refused,
    }
    if of_collection:
        answers["404"] = refused
    return answers


def document(base: str, abouts: list[About]) -> dict[str, Any]:
    """Write the document; the collections' names are listed as the values of `collectionId`."""

    def get(name: str, told: str, kind: str, *parameters: str, shape: str = "") -> dict[str, Any]:
        return {
            "get": {
                "operationId": name, "summary": told, "parameters": _refs(*parameters),
                "responses": _answers(
                    kind, of_collection="collectionId" in parameters, shape=shape
                ),
            }
        }  # fmt: skip

    parameters = _parameters()
    parameters["collectionId"]["schema"] = {"type": "string", "enum": [each.id for each in abouts]}
    plain, geo, schema = "application/json", "application/geo+json", "application/schema+json"
    one = "/collections/{collectionId}"
    return {
        "openapi": "3.0.3",
        "info": {"title": TITLE, "description": TOLD, "version": "1"},
        "servers": [{"url": base}],
        "paths": {
            "/": get("getLandingPage", "What there is", plain, "f-page"),
            "/conformance": get("getConformance", "Classes that hold", plain, "f-page"),
            "/collections": get("getCollections", "The collections", plain, "f-page"),
            one: get("getCollection", "One collection", plain, "collectionId", "f-page"),
            f"{one}/queryables": get(
                "getQueryables", "What filters may name", schema, "collectionId", "f-page"
            ),
            f"{one}/schema": get("getSchema", "What features say", schema, "collectionId", "f-page"),
            f"{one}/feature-schema": get(
                "getFeatureSchema", "A feature as GeoJSON, as a JSON Schema", schema, "collectionId"
            ),
            f"{one}/items": get(
                "getFeatures", "Features, page by page or as a file", geo, "collectionId", "limit",
                "bbox", "datetime", "crs", "bbox-crs", "filter", "filter-lang", "filter-crs",
                "properties", "sortby", "cursor", "f", shape="featureCollection",
            ),
            f"{one}/items/{{featureId}}": get(
                "getFeature", "One feature", geo, "collectionId", "featureId", "crs", "datetime",
                "properties", "f-page", shape="oneFeature",
            ),
        },
        "components": {"parameters": parameters, "schemas": _schemas()},
    }  # fmt: skip
