"""The cases of `test_writes`, one for every write over HTTP: what is sent, what spoils it, what the trail says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from shapely.geometry import box, mapping

from app.priorities.methods.conditions import worst_percent
from boundaries.crs import BNG

API = "/api/v1"
COUNCIL = ["X07000002"]
MONEY = {
    "what": "Wardens",
    "amount": 1,
    "year": "2018-19",
    "funder": "F",
    "place": "whole partnership",
}

JOBS = b"code,jobs\nX07000002,12\n"
MAPPED = (
    "code_column=code&value=jobs&unit=people&direction=higher-is-worse&nature=extensive"
    "&release=lad-2023-05&period=2023"
)
# One import that runs for ever and one that has ended, whose file is kept.
RUNNING, ENDED = "a" * 32, "b" * 32
OWN_INDEX = {"title": "Ours", "index": "imd-2019-demo", "weights": {"income": 1, "crime": 2}}


@dataclass(frozen=True)
class Case:
    """One write of a route, on a demo county that has the partnership `exe-pact` and a file of its money.

    `spoilt` is laid over what is sent and makes it refused with `refused`; `elsewhere` is what an
    editor of another partnership is told. for_administrators: an editor may not at all.
    """

    address: str
    verb: str
    subject: str
    sent: Mapping[str, Any]
    spoilt: Mapping[str, Any]
    refused: int
    done: int
    elsewhere: int = 404
    for_administrators: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


REFORM = {
    "plan": "exe-reform", "name": "Exe reform", "source": "An invented order",
    "areas": [
        {"code": "X06000099", "name": "New Exe", "from": "2040-04-01", "made_of": ["X07000002"]}
    ],
}  # fmt: skip
OTHER_REFORM = REFORM | {
    "plan": "other-reform",
    "areas": [
        {"code": "X06000098", "name": "Other", "from": "2040-04-01", "made_of": ["X07000001"]}
    ],
}
# Two kilometres each way from the middle of the council.
DRAWN = orjson.dumps(
    {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{BNG}"}},
        "features": [
            {"type": "Feature", "properties": {"name": "Drawn"},
             "geometry": mapping(box(633_424, 371_163, 637_424, 375_163))}
        ],
    }
)  # fmt: skip
OCTETS = {"Content-Type": "application/octet-stream"}
ESTATE = {"name": "Exe Estate", "codes": COUNCIL, "partnership": "exe-pact", "reason": "A test"}
MATCH_ESTATE = {"If-Match": '"exe-estate.1"'}
MATCH = {"If-Match": '"exe-pact.1"'}
MATCH_ANY = {"If-Match": "*"}
FUND = {
    "title": "Exe Fund", "funder": "F", "partnership": "exe-pact",
    "allocations": [{"year": "2018-19", "amount_pence": 7}],
}  # fmt: skip
ENVELOPES = b"place,year,amount\nwhole partnership,2019-20,10\n"
CSV = {"Content-Type": "text/csv"}
PACT = f"{API}/partnerships/exe-pact"
PROMISE = {
    "partnership": "exe-pact", "title": "Homes", "kind": "floor", "measure": "decent homes", "unit": "per cent",
    "higher_is_worse": False, "threshold": 100, "baseline_period": "2024", "baseline_value": 80,
    "due_period": "2040",
}  # fmt: skip
DEED = {
    "partnership": "exe-pact", "title": "Wardens", "owner": "The council", "due_on": "2040-03-31",
    "neighbourhoods": ["exe-estate"],
}  # fmt: skip
MATCH_DEED = {"If-Match": '"exe-pact-wardens.1"'}
MATCH_PROMISE = {"If-Match": '"exe-pact-homes.1"'}
STRATEGY = {
    "vision": "Good streets", "objectives": [{"title": "Homes"}], "reason": "A test", "publish": True,
}  # fmt: skip
MATCH_STRATEGY = {"If-Match": '"exe-pact-strategy-2.1"'}
POST_HELD = {"neighbourhood": "exe-estate", "role": "Manager", "organisation": "The council"}
MATCH_POST = {"If-Match": '"exe-estate-manager-the-council.1"'}
CASES: dict[str, Case] = {
    "POST /api/v1/agreements/{kind}": Case(
        f"{API}/agreements/managers", "create", "managers:exe-estate-warden-the-council",
        {"json": POST_HELD | {"role": "Warden"}}, {"json": POST_HELD | {"role": "jo@example.org"}}, 422, 201,
    ),
    "PATCH /api/v1/agreements/{kind}/{record_id}": Case(
        f"{API}/agreements/managers/exe-estate-manager-the-council", "change",
        "managers:exe-estate-manager-the-council", {"json": {"ends_on": "2040-01-01"}},
        {"json": {"fund": "Another kind's"}}, 422, 200, headers=MATCH_POST,
    ),
    "DELETE /api/v1/agreements/{kind}/{record_id}": Case(
        f"{API}/agreements/managers/exe-estate-manager-the-council", "remove",
        "managers:exe-estate-manager-the-council", {},
        {"headers": {"If-Match": '"exe-estate-manager-the-council.9"'}}, 412, 204, headers=MATCH_POST,
    ),
    "PUT /api/v1/partnerships/{slug}/strategy": Case(
        f"{PACT}/strategy", "publish", "strategy:exe-pact", {"json": STRATEGY},
        {"json": STRATEGY | {"vision": " "}}, 422, 200, headers=MATCH_STRATEGY,
    ),
    "DELETE /api/v1/partnerships/{slug}/strategy/draft": Case(
        f"{PACT}/strategy/draft", "remove", "strategy:exe-pact", {},
        {"headers": {"If-Match": '"exe-pact-strategy-2.9"'}}, 412, 204, headers=MATCH_STRATEGY,
    ),
    "POST /api/v1/partnerships/{slug}/strategy/sign-offs": Case(
        f"{PACT}/strategy/sign-offs", "sign", "strategy:exe-pact", {"json": {"member": "Exe Council"}},
        {"json": {"member": "Nobody"}}, 422, 201,
    ),
    "PUT /api/v1/partnerships/{slug}/accreditation/{criterion}/note": Case(
        f"{PACT}/accreditation/players/note", "note", "accreditation:exe-pact",
        {"json": {"words": "Seen.", "role": "Regional assessor"}},
        {"json": {"words": "Seen.", "role": " "}}, 422, 200, for_administrators=True,
        headers={"If-Match": '"note-players.0"'},
    ),
    "POST /api/v1/actions": Case(
        f"{API}/actions", "create", "action:exe-pact-lights", {"json": DEED | {"title": "Lights"}},
        {"json": DEED | {"title": "Lights", "neighbourhoods": ["no-such"]}}, 422, 201,
    ),
    "PATCH /api/v1/actions/{action_id}": Case(
        f"{API}/actions/exe-pact-wardens", "change", "action:exe-pact-wardens", {"json": {"status": "done"}},
        {"json": {"status": "hoped for"}}, 422, 200, headers=MATCH_DEED,
    ),
    "DELETE /api/v1/actions/{action_id}": Case(
        f"{API}/actions/exe-pact-wardens", "remove", "action:exe-pact-wardens", {},
        {"headers": {"If-Match": '"exe-pact-wardens.9"'}}, 412, 204, headers=MATCH_DEED,
    ),
    "POST /api/v1/targets": Case(
        f"{API}/targets", "create", "target:exe-pact-jobs", {"json": PROMISE | {"title": "Jobs"}},
        {"json": PROMISE | {"title": "Jobs", "threshold": 101}}, 422, 201,
    ),
    "PATCH /api/v1/targets/{target_id}": Case(
        f"{API}/targets/exe-pact-homes", "change", "target:exe-pact-homes", {"json": {"threshold": 90}},
        {"json": {"due_period": "2020"}}, 422, 200, headers=MATCH_PROMISE,
    ),
    "DELETE /api/v1/targets/{target_id}": Case(
        f"{API}/targets/exe-pact-homes", "remove", "target:exe-pact-homes", {},
        {"headers": {"If-Match": '"exe-pact-homes.9"'}}, 412, 204, headers=MATCH_PROMISE,
    ),
    "POST /api/v1/partnerships": Case(
        f"{API}/partnerships", "create", "partnership:new-pact",
        {"json": {"name": "New Pact", "authorities": COUNCIL}},
        {"json": {"name": "New Pact", "authorities": []}}, 422, 201,
        elsewhere=403,  # no partnership is named that could be there or not: only what it would be called
    ),
    "PATCH /api/v1/partnerships/{slug}": Case(
        PACT, "change", "partnership:exe-pact", {"json": {"lead": "The council"}},
        {"json": {"valid_from": "2025-01-02", "valid_to": "2025-01-01"}}, 422, 200, headers=MATCH,
    ),
    "DELETE /api/v1/partnerships/{slug}": Case(
        PACT, "remove", "partnership:exe-pact", {},
        {"headers": {"If-Match": '"exe-pact.9"'}}, 412, 204, headers=MATCH,
    ),
    "POST /api/v1/partnerships/{slug}/designations": Case(
        f"{PACT}/designations", "designate", "designation:exe-pact-[0-9a-f]{10}",
        {"json": {"rule": worst_percent(10)}}, {"json": {"rule": {"measure": "luck"}}}, 422, 201,
    ),
    "POST /api/v1/partnerships/{slug}/neighbourhoods": Case(
        f"{PACT}/neighbourhoods", "grow", "neighbourhoods:exe-pact",
        {"json": {"whole": True, "size_in": "people", "reason": "R"}},
        {"json": {"whole": True, "at_least": 9, "at_most": 1, "reason": "R"}}, 422, 201,
    ),
    "POST /api/v1/neighbourhoods": Case(
        f"{API}/neighbourhoods", "create", "neighbourhood:estate",
        {"json": {"name": "Estate", "codes": COUNCIL, "partnership": "exe-pact", "reason": "R"}},
        {"json": {"name": "Estate", "codes": ["X07000099"], "partnership": "exe-pact", "reason": "R"}},
        422, 201,
    ),
    "POST /api/v1/neighbourhoods/outlines": Case(
        f"{API}/neighbourhoods/outlines?partnership=exe-pact&reason=R", "import", "neighbourhoods:exe-pact",
        {"content": DRAWN, "headers": OCTETS}, {"content": b"<kml/>", "headers": OCTETS}, 422, 201,
    ),
    "PATCH /api/v1/neighbourhoods/{slug}": Case(
        f"{API}/neighbourhoods/exe-estate", "change", "neighbourhood:exe-estate",
        {"json": {"name": "Other"}}, {"json": {"name": "!"}}, 422, 200, headers=MATCH_ESTATE,
    ),
    "DELETE /api/v1/neighbourhoods/{slug}": Case(
        f"{API}/neighbourhoods/exe-estate", "remove", "neighbourhood:exe-estate", {},
        {"headers": {"If-Match": '"exe-estate.9"'}}, 412, 204, headers=MATCH_ESTATE,
    ),
    "POST /api/v1/partnerships/{slug}/indices": Case(
        f"{PACT}/indices", "compose", "index:own-[0-9a-f]{12}",
        {"json": OWN_INDEX}, {"json": OWN_INDEX | {"weights": {"income": -1}}}, 422, 201,
    ),
    "DELETE /api/v1/partnerships/{slug}/indices/{own_id}": Case(
        f"{PACT}/indices/INDEX", "remove", "index:own-[0-9a-f]{12}",
        {}, {"url": f"{PACT}/indices/own-0"}, 404, 204,
    ),
    "POST /api/v1/areas": Case(
        f"{API}/areas", "plan", "plan:other-reform", {"json": OTHER_REFORM},
        {"json": OTHER_REFORM | {"plan": "exe-reform"}}, 409, 201, elsewhere=403, for_administrators=True,
    ),
    "DELETE /api/v1/plans/{plan}": Case(
        f"{API}/plans/exe-reform", "remove", "plan:exe-reform", {},
        {"url": f"{API}/plans/no-such"}, 404, 204, elsewhere=403, for_administrators=True,
    ),
    "POST /api/v1/indicators": Case(
        f"{API}/indicators?partnership=exe-pact&id=jobs&{MAPPED}", "import", "indicator:jobs",
        {"content": JOBS}, {"content": JOBS.replace(b"jobs", b"joy")}, 422, 201,
    ),
    "DELETE /api/v1/indicators/{indicator_id}": Case(
        f"{API}/indicators/jobs-before", "remove", "indicator:jobs-before", {},
        {"url": f"{API}/indicators/cni-1066"}, 404, 204,
    ),
    "POST /api/v1/resources": Case(
        f"{API}/resources?partnership=exe-pact", "import", "resources:plain-[0-9a-f]{12}",
        {"json": [MONEY]}, {"json": [MONEY | {"amount": "some"}]}, 422, 201,
    ),
    "POST /api/v1/imports/indicators": Case(
        f"{API}/imports/indicators?partnership=exe-pact&id=jobs&{MAPPED}", "begin", "import:[0-9a-f]{32}",
        {"content": JOBS}, {"content": b""}, 422, 202,
    ),
    "POST /api/v1/imports/resources": Case(
        f"{API}/imports/resources?partnership=exe-pact&name=m.csv", "begin", "import:[0-9a-f]{32}",
        {"content": b"what,amount"}, {"content": b""}, 422, 202,
    ),
    "POST /api/v1/imports/record": Case(
        f"{API}/imports/record?partnership=exe-pact&table=members&name=m.csv", "begin", "import:[0-9a-f]{32}",
        {"content": b"name,sector"}, {"content": b""}, 422, 202,
    ),
    "POST /api/v1/imports/boundaries": Case(
        f"{API}/imports/boundaries?type=wd&release=2030-05-01&name=w.geojson", "begin", "import:[0-9a-f]{32}",
        {"content": b"{}"}, {"content": b""}, 422, 202, elsewhere=403, for_administrators=True,
    ),
    "DELETE /api/v1/imports/{run_id}": Case(
        f"{API}/imports/{RUNNING}", "cancel", f"import:{RUNNING}", {},
        {"url": f"{API}/imports/{ENDED}"}, 409, 204,
    ),
    "POST /api/v1/imports/{run_id}/repeat": Case(
        f"{API}/imports/{ENDED}/repeat", "begin", "import:[0-9a-f]{32}", {},
        {"url": f"{API}/imports/{RUNNING}/repeat"}, 409, 202,
    ),
    "POST /api/v1/partnerships/{slug}/resource-mappings": Case(
        f"{PACT}/resource-mappings", "save", "mapping:exe-pact/returns",
        {"json": {"name": "returns", "columns": {"what": "Project"}}},
        {"json": {"name": "returns", "columns": {"wat": "Project"}}}, 422, 201,
    ),
    "PUT /api/v1/partnerships/{slug}/resource-mappings/{name}": Case(
        f"{PACT}/resource-mappings/plan", "save", "mapping:exe-pact/plan",
        {"json": {"columns": {"what": "Title"}}}, {"json": {"places": {"Nowhere": "X05999999"}}}, 422, 200,
        headers=MATCH_ANY,
    ),
    "DELETE /api/v1/partnerships/{slug}/resource-mappings/{name}": Case(
        f"{PACT}/resource-mappings/plan", "remove", "mapping:exe-pact/plan", {},
        {"headers": {"If-Match": '"plan.9"'}}, 412, 204, headers=MATCH_ANY,
    ),
    "POST /api/v1/programmes": Case(
        f"{API}/programmes", "create", "programme:exe-pact.new-fund",
        {"json": FUND | {"title": "New Fund"}}, {"json": FUND | {"estimate_basis": "luck"}}, 422, 201,
    ),
    "PATCH /api/v1/programmes/{programme_id}": Case(
        f"{API}/programmes/exe-pact.exe-fund", "change", "programme:exe-pact.exe-fund",
        {"json": {"theme": "Crime"}}, {"json": {"first_year": "2018"}}, 422, 200, headers=MATCH_ANY,
    ),
    "DELETE /api/v1/programmes/{programme_id}": Case(
        f"{API}/programmes/exe-pact.exe-fund", "remove", "programme:exe-pact.exe-fund", {},
        {"headers": {"If-Match": '"exe-fund.9"'}}, 412, 204, headers=MATCH_ANY,
    ),
    "POST /api/v1/programmes/{programme_id}/table": Case(
        f"{API}/programmes/exe-pact.exe-fund/table", "import", "programme:exe-pact.exe-fund",
        {"content": ENVELOPES, "headers": CSV}, {"content": b"place,year\nx,y\n", "headers": CSV}, 422, 201,
    ),
    "PUT /api/v1/partnerships/{slug}/statement-of-use": Case(
        f"{PACT}/statement-of-use?programme=exe-pact.exe-fund&year=2018-19", "write",
        "statement:exe-pact/exe-pact.exe-fund/2018-19", {"json": {"words": {"next": "More wardens"}}},
        {"json": {"words": {"next": "Write to a@example.org"}}}, 422, 200, headers=MATCH_ANY,
    ),
    "DELETE /api/v1/partnerships/{slug}/statement-of-use": Case(
        f"{PACT}/statement-of-use?programme=exe-pact.exe-draft&year=2018-19", "remove",
        "statement:exe-pact/exe-pact.exe-draft/2018-19", {},
        {"headers": {"If-Match": '"exe-draft.9"'}}, 412, 204, headers=MATCH_ANY,
    ),
    "DELETE /api/v1/resources/{file_id}": Case(
        f"{API}/resources/FILE", "remove", "resources:plain-[0-9a-f]{12}",
        {}, {"url": f"{API}/resources/plain-0"}, 404, 204,
    ),
}  # fmt: skip
