"""The same layers as a Folium map: a page of local files only, or one file that opens offline.

Folium links nine files on other hosts by default. Here every link is replaced by ours or inlined, and
a link that we do not know stops the map instead of leaving the host. Names never reach Folium's own
tooltips, which write HTML: they travel as JSON and are written by static/areas.js as text.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, cast

import folium
import numpy as np
import orjson
import shapely
from branca.element import CssLink, Element, Figure, JavascriptLink, Link
from folium.utilities import JsCode
from jinja2 import Template
from markupsafe import Markup, escape

from maps.geojson import script_safe, wgs84_geometries
from maps.layers import Layer, attributions
from maps.leaflet import drawn_layers
from maps.legend import legend_entries, legend_html
from maps.map_tables import MapTable, table_html, tables_of

#: in the order they must load; the names of app/assets.py
SCRIPTS = ("leaflet.js", "areas.js")
STYLES = ("leaflet.css", "app.css")
#: folium's own name for a link: our file
_FOLIUM_LINKS = {"leaflet": "leaflet.js", "leaflet_css": "leaflet.css"}
_EACH = JsCode("boundsAreas.each")
_STILL: Any = JsCode("!boundsAreas.still")


def html_text(words: str) -> str:
    """Escape text that Folium or Leaflet will write as HTML inside a JavaScript string.

    Beyond HTML's own characters, backticks, dollar signs and backslashes become entities, so that
    the text means nothing to a template literal either.
    """
    safe = str(escape(words))
    return safe.replace("\\", "&#92;").replace("`", "&#96;").replace("$", "&#36;")


class OfflineMap(folium.Map):
    """A folium.Map that links Leaflet alone and leaves page styles to our style sheet."""

    # own lists: folium reads class attributes, and changes its own for the whole process
    default_js: list[tuple[str, str]] = [("leaflet", "leaflet.js")]  # noqa: RUF012 - as Folium declares it
    default_css: list[tuple[str, str]] = [("leaflet_css", "leaflet.css")]  # noqa: RUF012 - as above

    def render(self, **kwargs: Any) -> str:
        """Render as folium does, then drop its inline page styles and fixed viewport."""
        super().render(**kwargs)  # type: ignore[no-untyped-call]
        # they would need 'unsafe-inline', and the viewport forbids zooming by hand
        cast(Figure, self.get_root()).header._children.pop(self.get_name(), None)
        return ""


class OfflineFigure(Figure):
    """A branca.Figure that links or inlines only files it was given, each tag with the nonce.

    `urls`: plain name to local address, for a page; `texts`: plain name to content, for one file.
    Exactly one of them is given. `parts`: title, top, below (ready HTML), csp (a policy for a meta
    element, or empty).
    """

    _template = Template(
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        "{% if this.parts.csp %}"
        '<meta http-equiv="Content-Security-Policy" content="{{ this.parts.csp|e }}">\n{% endif %}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="data:,">\n'
        "<title>{{ this.parts.title|e }}</title>\n{{ this.links }}\n</head>\n"
        '<body class="foliumpage">\n{{ this.parts.top }}\n<main id="main" class="wrap">\n'
        "<h1>{{ this.parts.title|e }}</h1>\n{{ this.parts.above }}\n{{ this.html.render(**kwargs) }}"
        '\n{{ this.parts.below }}\n</main>\n<script nonce="{{ this.nonce|e }}">\n'
        "{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(
        self,
        *,
        nonce: str,
        parts: Mapping[str, str],
        urls: Mapping[str, str] | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        if (urls is None) == (texts is None):
            raise ValueError("a figure links its files or carries them, one of the two")
        self.nonce, self.parts, self.urls, self.texts = nonce, parts, urls, texts
        self.links = ""

    def render(self, **kwargs: Any) -> str:
        """Write the document. Raises ValueError for any link or header that is not ours."""
        for child in self._children.values():
            child.render(**kwargs)
        for name, found in self.header._children.items():
            if name == "meta_http":
                continue
            if not isinstance(found, Link) or found.url != _FOLIUM_LINKS.get(name):
                raise ValueError(f"folium added something unknown to the page: {name}")
            wanted = JavascriptLink if found.url.endswith(".js") else CssLink
            if not isinstance(found, wanted):
                raise ValueError(f"folium links {name} as something else than it is")
        self.links = "\n".join(
            [self._style(name) for name in STYLES] + [self._script(name) for name in SCRIPTS]
        )
        whole: str = self._template.render(this=self, kwargs=kwargs)
        return whole

    def _script(self, name: str) -> str:
        if self.urls is not None:
            return f'<script nonce="{escape(self.nonce)}" src="{escape(self._url(name))}"></script>'
        return f'<script nonce="{escape(self.nonce)}">{self._text(name, "</script")}</script>'

    def _style(self, name: str) -> str:
        if self.urls is not None:
            return (
                f'<link nonce="{escape(self.nonce)}" rel="stylesheet"'
                f' href="{escape(self._url(name))}">'
            )
        return f'<style nonce="{escape(self.nonce)}">{self._text(name, "</style")}</style>'

    def _url(self, name: str) -> str:
        url = (self.urls or {}).get(name, "")
        if not url.startswith("/") or url.startswith("//"):
            raise ValueError(f"{name} has no address on this host: {url!r}")
        return url

    def _text(self, name: str, ending: str) -> str:
        text = (self.texts or {}).get(name, "")
        if not text or ending in text.lower():
            raise ValueError(f"{name} cannot be carried inside a page")
        return text


def folium_page(
    layers: Sequence[Layer],
    table: MapTable | None,
    title: str,
    assets: Mapping[str, str],
    nonce: str,
    *,
    top: Markup = Markup(""),  # noqa: B008 - text never changes
    below: Markup = Markup(""),  # noqa: B008 - text never changes
    words: str = "",
) -> str:
    """Write the Folium map as a whole page that links only local files.

    `table` stands before the tables made from the layers (totals, amounts not on the map); `assets`
    maps the names of SCRIPTS and STYLES to addresses that start with "/"; `nonce` is that of the
    response's Content-Security-Policy (see `page_policy`); `top` is the site's header as HTML,
    `below` more of it after the tables; `words` is the finding, as plain text.
    Raises ValueError for layers without WGS84 shapes and for anything that would leave the host.
    """
    parts = _parts(layers, table, title, words, top, below, csp="")
    return _document(layers, OfflineFigure(nonce=nonce, parts=parts, urls=assets))


def single_file(
    layers: Sequence[Layer],
    table: MapTable | None,
    title: str,
    texts: Mapping[str, str],
    *,
    words: str = "",
    nonce: str | None = None,
) -> str:
    """Write the Folium map as one HTML file that opens from disk with the network off.

    `texts` maps the names of SCRIPTS and STYLES to their content (app.assets.asset_texts). The file
    carries its own Content-Security-Policy, which allows its own scripts by nonce and no request.
    """
    token = nonce or secrets.token_urlsafe(18)
    policy = (
        f"default-src 'none'; script-src 'nonce-{token}'; style-src 'nonce-{token}';"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    parts = _parts(layers, table, title, words, Markup(""), Markup(""), csp=policy)
    return _document(layers, OfflineFigure(nonce=token, parts=parts, texts=texts))


def page_policy(nonce: str) -> str:
    """Give the Content-Security-Policy under which `folium_page` works."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}';"
        " img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'self'"
    )


def _parts(
    layers: Sequence[Layer],
    table: MapTable | None,
    title: str,
    words: str,
    top: Markup,
    below: Markup,
    csp: str,
) -> dict[str, str]:
    lead = f'<p class="lead">{escape(words)}</p>' if words else ""
    credit = attributions(layers)
    caption = f'<p class="mapcaption">{escape(credit)}</p>' if credit else ""
    tables = ([table] if table else []) + tables_of(layers)
    return {
        "title": title,
        "csp": csp,
        "top": str(top),
        "above": lead + f'<div class="mapframe">{legend_html(legend_entries(layers))}</div>',
        "below": caption
        + '<div id="detail" aria-live="polite" hidden></div>'
        + "".join(str(table_html(one)) for one in tables)
        + str(below),
    }


def _document(layers: Sequence[Layer], figure: OfflineFigure) -> str:
    """Put the layers on the map, lowest first, with a switch for each but the ground."""
    chart = OfflineMap(
        tiles=None,
        zoom_control="topright",
        attribution_control=False,
        scroll_wheel_zoom=False,
        track_resize=False,  # areas.js watches the box itself
        zoom_snap=0.25,
        zoom_animation=_STILL,
        fade_animation=_STILL,
    )
    figure.add_child(chart)
    places: list[dict[str, Any]] = []
    for drawn in drawn_layers(layers):
        layer, rows, texts = drawn.layer, drawn.properties, drawn.texts
        features = _features(rows, texts)
        if layer.role == "place":
            places += features
        elif features:
            _add_layer(chart, layer, features)
    folium.LayerControl(position="topleft", collapsed=False).add_to(chart)
    chart.fit_bounds(_opening_bounds(layers), max_zoom=15)
    names = script_safe(orjson.dumps(places)).decode()
    last = f"boundsAreas.places({names});\nboundsAreas.start({chart.get_name()});"
    chart.add_child(_LastWords(last))
    return figure.render()


class _LastWords(Element):
    """A script line that comes after everything folium wrote for the map."""

    def __init__(self, script: str) -> None:
        super().__init__()
        self.script = script

    def render(self, **_kwargs: Any) -> str:
        # a plain Element would run the text through a Jinja template: names must not meet one
        cast(Figure, self.get_root()).script.add_child(_Verbatim(self.script), name="last")
        return ""


class _Verbatim(Element):
    """Text that is written as it is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **_kwargs: Any) -> str:
        return self.text


def _features(rows: list[dict[str, object]], texts: list[bytes]) -> list[dict[str, Any]]:
    return [
        {
            "type": "Feature",
            "id": f"{properties['role']}:{properties['code']}",
            "geometry": orjson.loads(text),
            "properties": properties,
        }
        for properties, text in zip(rows, texts, strict=True)
        if text != b"null"
    ]


def _add_layer(chart: OfflineMap, layer: Layer, features: list[dict[str, Any]]) -> None:
    group = folium.FeatureGroup(
        name=html_text(layer.name), control=layer.role != "context", show=layer.shown
    )
    data = {"type": "FeatureCollection", "features": features}
    answers = layer.role in ("choropleth", "point")
    if any(feature["properties"].get("casing") for feature in features):
        width = layer.classes[0].style.casing
        folium.GeoJson(
            data,
            style_function=lambda _f: {"color": "#ffffff", "weight": width, "fill": False},
            interactive=False,
        ).add_to(group)
    folium.GeoJson(
        data,
        style_function=_folium_style,
        on_each_feature=_EACH,
        interactive=answers,
        marker=folium.CircleMarker() if layer.role == "point" else None,
    ).add_to(group)
    group.add_to(chart)


def _folium_style(feature: dict[str, Any]) -> dict[str, Any]:
    style = dict(feature["properties"]["style"])
    if "radius" in feature["properties"]:
        style["radius"] = feature["properties"]["radius"]
    return style


def _opening_bounds(layers: Sequence[Layer]) -> list[list[float]]:
    """South-west and north-east corner (latitude, longitude) of what the map opens on."""
    for role in ("neighbourhood", "choropleth", "outline", "point"):
        shapes = [wgs84_geometries(layer.frame) for layer in layers if layer.role == role]
        box = shapely.total_bounds(np.concatenate(shapes)) if shapes else np.full(4, np.nan)
        if np.isfinite(box).all():
            west, south, east, north = (float(edge) for edge in box)
            return [[south, west], [north, east]]
    raise ValueError("no layer has a shape to show")
