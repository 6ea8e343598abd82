"""How pages become HTML: one template environment with our number words, local files by hash, and their headers."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from app import assets
from app.access.cookies import csrf_token
from app.access.queries import Actor
from app.compiled_templates import BesideModules, compile_all
from app.findings import words
from app.pages.desk_links import desk_link, own_page, reader_of, with_links, without_links
from app.problems import as_sentence
from app.settings import Settings

PAGE_HEADERS = {"Cache-Control": "no-cache"}
PRIVATE = {"Cache-Control": "private, no-store"}
# What the service sends with every answer, with one more origin for the pictures of a background map.
_POLICY_WITH_IMAGES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: {origin}; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


@functools.cache
def environment() -> Environment:
    """Give the pages' environment: autoescape everywhere, and a name that nobody set is an error."""
    made = Environment(
        loader=PackageLoader("app"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        count=words.count, pounds=words.pounds, pounds_short=words.pounds_short, percent2=words.percent2,
        day=words.day, edition=words.edition, km2=words.square_km, metres=words.metres, listed=words.listed,
        is_day=_is_day, is_year=_is_year, sentence=as_sentence,
    )  # fmt: skip
    made.tests["with_rows"] = lambda part: hasattr(part, "rows")
    made.globals.update(
        asset=_asset,
        share=words.share,
        counted=words.counted,
        bar=_bar,
        tenths=_tenths,
        demo_words=words.DEMO_WORDS,
        desk_link=desk_link,
    )
    made.bytecode_cache = BesideModules(made)
    return made


def compile_templates() -> None:
    """Compile the templates that no page has asked for yet: a place's page is made of twenty."""
    compile_all(environment())


def _is_day(typed: str) -> bool:
    """Say whether a field of days can show what was typed; it shows nothing of what is no day."""
    try:
        return len(typed) == 10 and bool(date.fromisoformat(typed))
    except ValueError:
        return False


def _is_year(typed: str) -> bool:
    """Say whether a field of years can show what was typed."""
    return len(typed) == 4 and typed.isascii() and typed.isdigit()


def _asset(name: str) -> assets.Asset:
    return assets.manifest()[name]


def _bar(part: float, whole: float) -> Markup:
    """Draw a share as a bar beside its number: presentation attributes only, so that it passes and prints."""
    width = 0.0 if not whole else max(0.0, min(100.0, 100 * part / whole))
    return Markup(
        '<svg class="bar" width="96" height="12" aria-hidden="true" focusable="false">'
        '<rect width="100%" height="12" fill="#e4e8ea"/><rect width="{}%" height="12" fill="#3b0f4f"/></svg>'
    ).format(f"{width:.1f}")


def _tenths(here: int, beside: int | None) -> Markup:
    """Draw ten boxes beside their number, the most deprived tenth first: filled here, with a foot under `beside`."""
    boxes = [
        Markup('<rect x="{}" width="16" height="16" fill="{}"/>').format(
            18 * n, "#3b0f4f" if n + 1 == here else "#e4e8ea"
        )
        for n in range(10)
    ]
    if beside is not None:
        foot = Markup('<rect x="{}" y="17" width="16" height="4" fill="#ffb81c"/>')
        boxes.append(foot.format(18 * (beside - 1)))
    return Markup(
        '<svg class="tenths" viewBox="0 0 178 21" aria-hidden="true" focusable="false">{}</svg>'
    ).format(Markup("").join(boxes))


def render(template: str, **values: Any) -> str:
    """Fill a template. Raises UndefinedError for a value that the template names and nobody gave."""
    return environment().get_template(template).render(**values)


def page(
    request: Request, template: str, *, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """Answer with a page, filled now."""
    return written_page(request, fill(request, template, **values), headers=headers)


def fill(request: Request, template: str, **values: Any) -> str:
    """Fill a page's template, with what every page knows of its address and of the settings."""
    settings: Settings = request.app.state.settings
    return render(
        template, drawn_from=template.removesuffix(".html"), here=request.url.path, base_url=settings.base_url,
        basemap_url=settings.basemap_url, basemap_attribution=settings.basemap_attribution, **values,
    )  # fmt: skip


def written_page(
    request: Request, written: str, *, headers: Mapping[str, str] | None = None
) -> HTMLResponse:
    """Answer with a filled page; a background map by setting, and only then, is let through the policy."""
    settings: Settings = request.app.state.settings
    actor = reader_of(request)
    if actor is None:
        written, sent = without_links(written), {**PAGE_HEADERS, **(headers or {})}
    else:
        written, sent = _for_editor(request, written, actor), {**PRIVATE, **(headers or {})}
    if settings.basemap_url is not None:
        sent.setdefault("Content-Security-Policy", policy_with_images(settings.basemap_url))
    return HTMLResponse(written, headers=sent)


def _for_editor(request: Request, written: str, actor: Actor) -> str:
    """Show a page as who is signed in sees it: with links to its forms, under the desk's own bar."""
    of = own_page(request.url.path)
    bar = fill(
        request, "desk_bar.html", actor=actor, form_word=csrf_token(request),
        bar_of=of if of and actor.may_edit(of) else "",
    )  # fmt: skip
    return with_links(written, actor, bar)


def policy_with_images(address: str) -> str:
    """Give the pages' policy with the origin of one address allowed for pictures."""
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}".replace("{s}", "*")
    return _POLICY_WITH_IMAGES.format(origin=origin)


def new_nonce() -> str:
    """Make the nonce of one answer."""
    return secrets.token_urlsafe(18)
