"""A county in which all that somebody can name is named to do harm: by the API where it takes words, else stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
from sqlalchemy import Engine, MetaData, literal, update

from app.places.demo import DEMO_SLUG

API = "/api/v1"
LURE = "<img src=x onerror=\"document.title='owned'\">"
#: In each text: a template's braces; beside them in turn a script, a turned direction with an emoji, quotes.
VARIANTS = (
    f"{{{{7*7}}}}{LURE}",
    "{{7*7}}</script><script>document.title='owned'</script>",
    "{{7*7}}\u202eevil\u2066 \U0001f3da ${document.title='owned'}",
    "{{7*7}}\" onfocus=\"document.title='owned'\" autofocus x='",
)
MARK = "{{7*7}}"

#: Words that a write takes from a list of its own, or that name what exists: nobody's own words reach them.
CHOSEN = {
    "kind", "authorities[]", "sector", "scope", "indicator", "path", "status", "money_kind", "estimate_basis",
    "targets[]", "actions[]", "neighbourhoods[]", "programmes[]", "lines[]", "programme", "eligible_areas[]", "place",
    "index", "crs", "postcodes", "postcodes[]", "codes", "codes[]", "plan", "code", "made_of[]", "id", "partnership",
    "neighbourhood", "as_at", "type", "slug", "standardise", "part_of", "member", "geometry", "communities[]",
    # days, years and periods
    "year", "first_year", "last_year", "baseline_period", "due_period", "period", "from", "valid_from", "valid_to",
    "starts_on", "ends_on", "review_on", "due_on", "agreed_on", "signed_on",
}  # fmt: skip


def evil(most: int, turn: int = 0) -> str:
    """Give a harmful text of at most `most` letters, as long as it may be up to three hundred."""
    words = VARIANTS[turn % len(VARIANTS)]
    if len(words) > most:
        words = f"{MARK}<img src=x onerror=alert(1)>"
    return f"{words} {'Llanfair' * 40}"[: min(most, 300)].strip()


def enter_everything(address: str, token: str, codes: list[str]) -> dict[str, Any]:
    """Fill every free text of the demo partnership's record over HTTP; gives path of a write → the body it took."""
    signed = {"Authorization": f"Bearer {token}"}
    sent: dict[str, Any] = {}
    refused: dict[str, str] = {}
    with httpx.Client(base_url=address, headers=signed, timeout=120) as client:
        for write, (path, body) in _writes(client, codes):
            verb = write.split()[0]
            answer = client.request(verb, f"{API}{path}", json=body, headers={"If-Match": "*"})
            if answer.status_code not in (200, 201):
                refused[write] = answer.text[:600]
            sent[write] = body
    assert refused == {}, refused
    return sent


def _writes(
    client: httpx.Client, codes: list[str]
) -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    place = f"/partnerships/{DEMO_SLUG}"
    yield "PATCH /partnerships/{slug}", (place, {
        "name": evil(200), "lead": evil(200, 1),
        "members": [
            {"name": evil(200, turn), "sector": "community", "role": evil(120, turn + 1)} for turn in range(4)
        ],
    })  # fmt: skip
    hood = {"name": evil(80, 2), "reason": evil(4000, 3), "partnership": DEMO_SLUG, "codes": codes}
    yield "POST /neighbourhoods", ("/neighbourhoods", hood)
    slug = client.get(f"{API}/neighbourhoods", params={"partnership": DEMO_SLUG}).json()["items"][
        -1
    ]["slug"]
    yield (
        "PATCH /neighbourhoods/{slug}",
        (
            f"/neighbourhoods/{slug}",
            {"name": evil(80, 1), "reason": evil(4000), "codes": codes[:2]},
        ),
    )
    yield "POST /programmes", ("/programmes", {
        "id": "evil", "title": evil(200), "funder": evil(200, 1), "theme": evil(200, 2),
        "partnership": DEMO_SLUG, "eligible_areas": [{"place": codes[0], "note": evil(2000, 3)}],
        "allocations": [
            {"year": "2018-19", "amount_pence": 700, "basis": evil(2000, 1), "source": evil(2000, 2),
             "note": evil(2000, 3)}
        ],
    })  # fmt: skip
    yield "POST /targets", ("/targets", {
        "partnership": DEMO_SLUG, "title": evil(400), "kind": "floor", "measure": evil(400, 1), "unit": evil(80, 2),
        "theme": evil(80, 3), "source": evil(2000), "higher_is_worse": False, "threshold": 100,
        "baseline_period": "2024", "baseline_value": 80, "due_period": "2040",
    })  # fmt: skip
    yield "POST /actions", ("/actions", {
        "partnership": DEMO_SLUG, "title": evil(400, 1), "owner": evil(400, 2), "theme": evil(80, 3),
        "note": evil(4000), "due_on": "2040-03-31", "neighbourhoods": [slug],
    })  # fmt: skip
    held = {"neighbourhood": slug}
    for kind, words in (
        ("managers", {"role": evil(1000), "organisation": evil(1000, 1)}),
        ("services", {"service": evil(1000), "provider": evil(1000, 1), "standard": evil(4000, 2),
                      "measure": evil(1000, 3), "theme": evil(80), "review_on": "2040-01-01"}),
        ("budgets", {"fund": evil(1000), "year": "2018-19", "amount_pence": 5, "decided_by": evil(1000, 1),
                     "note": evil(4000, 2)}),
    ):  # fmt: skip
        yield f"POST /agreements/{kind}", (f"/agreements/{kind}", held | words)
    yield "PUT /partnerships/{slug}/strategy", (f"{place}/strategy", {
        "vision": evil(8000), "reason": evil(1000, 1), "publish": True,
        "objectives": [{"title": evil(400, 2), "theme": evil(80, 3), "words": evil(8000)}],
        "learning": [{"title": evil(400, 1), "by": evil(400, 2)}],
        "plans": [{"title": evil(400, 3), "owner": evil(400)}],
    })  # fmt: skip
    yield "PUT /partnerships/{slug}/accreditation/{criterion}/note", (
        f"{place}/accreditation/players/note", {"words": evil(4000), "role": evil(200, 1)},
    )  # fmt: skip
    yield "PUT /partnerships/{slug}/statement-of-use", (
        f"{place}/statement-of-use?programme={DEMO_SLUG}.evil&year=2018-19",
        {
            "words": {
                "introduction": evil(4000), "outcomes": evil(4000, 1), "unallocated": evil(4000, 2),
                "next": evil(4000, 3),
            },
            "sign_off": {
                "prepared_by_role": evil(200), "agreed_on": "2019-05-01",
                "signatories": [{"role": evil(200, 1), "organisation": evil(200, 2)}],
            },
            "sign": True,
        },
    )  # fmt: skip
    yield "POST /partnerships/{slug}/designations", (f"{place}/designations", {
        "rule": {"measure": "imd", "statistic": "percentile", "scope": "national", "at_most": 10}, "name": evil(120),
    })  # fmt: skip
    yield "POST /partnerships/{slug}/indices", (f"{place}/indices", {
        "title": evil(200, 1), "index": "imd-2019-demo", "weights": {"income": 1, "crime": 2},
    })  # fmt: skip
    yield "POST /areas", ("/areas", {
        "plan": "evil-reform", "name": evil(200), "source": evil(200, 1),
        "areas": [{"code": "X06000099", "name": evil(200, 2), "from": "2040-04-01", "made_of": ["X07000002"]}],
    })  # fmt: skip


def spoil_what_is_loaded(engine: Engine) -> None:
    """Give harmful words to what publishers name: areas, releases, indices, files and lines of money, services."""
    columns = {
        "areas": ("name",), "boundaries": ("name",), "releases": ("title", "publisher", "licence", "attribution"),
        "indices": ("title", "publisher", "licence", "attribution"),
        "resource_files": ("title", "publisher", "licence", "attribution", "coverage"),
        "resource_lines": ("title", "funder", "recipient", "theme", "place_text", "place_name", "outcome", "deliverer"),
        "resource_refusals": ("value", "detail"), "import_findings": ("reason",), "services": ("name",),
        "programmes": ("title", "funder", "theme"),
    }  # fmt: skip
    metadata = MetaData()
    with engine.begin() as connection:
        metadata.reflect(connection, only=list(columns))
        for table, names in columns.items():
            for turn, name in enumerate(names):
                held = metadata.tables[table].c[name]
                words = f"{VARIANTS[turn % len(VARIANTS)]} "
                connection.execute(
                    update(metadata.tables[table]).values({name: literal(words) + held})
                )


def free_texts(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], path: str = ""
) -> Iterator[str]:
    """List the texts that a body takes as somebody words them: not of a list, of a pattern or of a format."""
    if "$ref" in schema:
        yield from free_texts(schemas[schema["$ref"].rpartition("/")[2]], schemas, path)
        return
    for kind in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(kind, []):
            yield from free_texts(each, schemas, path)
    if schema.get("type") == "string" and not {"enum", "const", "format", "pattern"} & set(schema):
        yield path
    for name, each in schema.get("properties", {}).items():
        yield from free_texts(each, schemas, f"{path}.{name}".lstrip("."))
    if isinstance(schema.get("items"), Mapping):
        yield from free_texts(schema["items"], schemas, f"{path}[]")


def marked(body: Any, path: str = "") -> Iterator[str]:
    """List the paths of a body at which a harmful text stands."""
    if isinstance(body, Mapping):
        for name, each in body.items():
            yield from marked(each, f"{path}.{name}".lstrip("."))
    elif isinstance(body, list):
        for each in body:
            yield from marked(each, f"{path}[]")
    elif isinstance(body, str) and MARK in body:
        yield path
