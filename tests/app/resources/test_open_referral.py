"""Open Referral UK (HSDS-UK 3.0): files written from its published schema, whole, cut, and hostile."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.dependencies import today
from app.resources.actions import import_resources
from app.resources.beside_queries import ServicesAsked, list_services
from app.resources.methods.schedules import say_schedule
from app.resources.readers.open_referral import is_open_referral, read_open_referral
from app.resources.tables import Outlet, ResourceFile
from app.vintages.readers.cells import FileRefused

SCHEDULE = {
    "id": "s1", "freq": "WEEKLY", "interval": 1, "byday": "TH,FR", "opens_at": "10:00:00", "closes_at": "18:00:00",
    "description": "weekdays",
}  # fmt: skip


def service(number: int, **changed: Any) -> dict[str, Any]:
    """A service as the standard's full answer gives it, with everything that must not be kept."""
    return {
        "id": f"ac148810-{number}", "name": f"Counselling {number}", "url": "https://example.com/c", "status": "active",
        "assured_date": "2025-01-31", "assurer_email": "ann.persona@example.com",
        "contacts": [{"id": "c", "name": "Ann Persona", "title": "Reception"}],
        "organization": {"id": "o1", "name": "Example Organization", "email": "ann.persona@example.com"},
        "attributes": [{"id": "a", "taxonomy_term": {"id": "t", "name": "Mental health"}},
                       {"id": "b", "taxonomy_term": {"id": "t", "name": "Mental health"}}],
        "schedules": [SCHEDULE],
        "service_at_locations": [
            {"id": f"at-{number}", "location": {
                "id": f"l-{number}", "latitude": 50.86 + number / 1000, "longitude": 0.57,
                "addresses": [{"attention": "Ann Persona", "address_1": "1 Main Street", "city": "Hastings",
                               "postal_code": "TN34 1DH", "address_type": "physical"}]}}],
        **changed,
    }  # fmt: skip


def page(*services: dict[str, Any]) -> bytes:
    """A page of the answers to `GET /services`."""
    return json.dumps(
        {"total_items": len(services), "total_pages": 1, "page_number": 1, "size": len(services), "first_page": True,
         "last_page": True, "empty": not services, "contents": list(services)}
    ).encode()  # fmt: skip


def package() -> bytes:
    """The standard's tables as a zip of CSV: two services of one organisation, at one place."""
    tables = {
        "services.csv": "id,organization_id,name,url,status\nv1,o1,Advice,https://a.example,active\n"
                        "v2,o1,Café,https://b.example,active\n",
        "organizations.csv": "id,name,description,email\no1,Advice Centre,d,someone@example.com\n",
        "locations.csv": "id,location_type,name,latitude,longitude\nl1,physical,Hall,50.86,0.57\n",
        "addresses.csv": "id,location_id,attention,address_1,city,postal_code\n"
                         "a1,l1,Ann Persona,2 High St,Hastings,TN34 1DH\n",
        "service_at_location.csv": "id,service_id,location_id\nx1,v1,l1\nx2,v2,l1\n",
        "schedule.csv": "id,service_id,freq,byday,opens_at,closes_at\ns1,v1,WEEKLY,MO,09:00,12:00\n",
        "attribute.csv": "id,link_id,taxonomy_term_id\nt1,v1,m1\n", "taxonomy_terms.csv": "id,name\nm1,Debt\n",
        "contacts.csv": "id,service_id,name\nc1,v1,Ann Persona\n",
    }  # fmt: skip
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, held in tables.items():
            archive.writestr(f"package/{name}", held)
    return made.getvalue()


def test_the_four_forms_of_the_standard_are_told_from_grants_and_read_alike() -> None:
    one = service(1)
    tables = {
        "service": [{"id": "v", "name": "V", "status": "active"}],
        "service_at_location": [],
        "location": [],
    }
    forms = [
        page(one),
        json.dumps([one]).encode(),
        json.dumps(one).encode(),
        b"\xef\xbb\xbf" + page(one),
    ]
    for raw in forms:
        assert is_open_referral(raw)
        read = read_open_referral(raw, "f")
        assert (read.rows_in, len(read.services), read.faults) == (1, 1, [])
        assert read.services[0] == read_open_referral(forms[0], "f").services[0]
    assert read_open_referral(json.dumps(tables).encode(), "f").services[0].place is None
    assert is_open_referral(package())
    for other in (b'{"grants": [{"id": "x", "status": 1, "organization": 2}]}', b"what,amount\na,1\n", b"PK\x03\x04",
                  b'{"type": "FeatureCollection", "features": [{"organization": 1, "status": 2}]}'):  # fmt: skip
        assert not is_open_referral(other)


def test_place_terms_hours_and_giver_are_kept_and_no_person_is() -> None:
    (found,) = read_open_referral(page(service(1)), "f").services
    assert (found.name, found.organisation, found.subtype) == (
        "Counselling 1",
        "Example Organization",
        "Mental health",
    )
    assert (found.x, found.y, found.postcode) == (0.57, 50.861, "TN34 1DH")
    assert (found.address, found.terms) == ("1 Main Street, Hastings", ("Mental health",))
    assert found.schedule == "every week on Thursday, Friday, 10:00 to 18:00"
    assert (found.observed, found.url) == ("2025-01-31", "https://example.com/c")
    assert "persona" not in str(found).casefold()


def test_tables_of_a_package_are_joined() -> None:
    advice, cafe = read_open_referral(package(), "p.zip").services
    assert (advice.name, advice.organisation, advice.terms) == (
        "Advice",
        "Advice Centre",
        ("Debt",),
    )
    assert (advice.postcode, advice.x, advice.schedule) == (
        "TN34 1DH",
        0.57,
        "every week on Monday, 09:00 to 12:00",
    )
    assert (cafe.name, cafe.terms, cafe.schedule) == ("Café", (), None)
    assert "Persona" not in str((advice, cafe))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"freq": "MONTHLY", "byday": "2MO,-1FR", "opens_at": "09:30Z"},
         "every month on the second Monday, the last Friday, from 09:30"),
        ({"freq": "WEEKLY", "interval": 2, "byday": "XX,SA"}, "every 2 weeks on Saturday"),
        ({"freq": "MONTHLY", "bymonthday": "2,-1"}, "every month on day 2, -1"),
        ({"description": "by appointment", "opens_at": "noon"}, "by appointment"),
        ({"freq": 7, "byday": None, "interval": "x"}, None),
    ],
)  # fmt: skip
def test_schedules_are_said_in_words(given: dict[str, object], said: str | None) -> None:
    assert say_schedule(given) == said


def test_every_row_is_stored_or_listed_with_its_rule() -> None:
    several = service(9)
    several["service_at_locations"] = [*several["service_at_locations"], {"id": "at-2"}]
    far = service(3)
    far["service_at_locations"][0]["location"] |= {"latitude": 100, "longitude": 101}
    far["service_at_locations"][0]["location"]["addresses"][0]["postal_code"] = "nowhere"
    read = read_open_referral(
        page(service(1), service(1), service(2, status="defunct"), far, service(4, name="  "), several,
             service(5, id=None), service(6, status="maybe"), service(7, url="javascript:alert(1)"),
             service(8, status="temporarily closed")), "f",
    )  # fmt: skip
    assert read.rows_in == 11 == len(read.services) + len({fault.row for fault in read.faults})
    assert [(fault.row, fault.rule) for fault in read.faults] == [
        (2, "row-once"), (3, "service-is-open"), (5, "value-required"), (8, "value-required"), (9, "status-is-known"),
    ]  # fmt: skip
    assert {(note.row, note.rule) for note in read.notes} == {
        (4, "point-is-two-numbers"), (4, "postcode-form"), (11, "service-is-open"),
    }  # fmt: skip
    by_row = {each.row: each for each in read.services}
    assert (by_row[4].x, by_row[4].postcode, by_row[10].url) == (None, None, None)
    assert (by_row[6].place, by_row[7].place, by_row[7].x) == ("at-9", "at-2", None)


@pytest.mark.parametrize(
    "raw",
    [page(service(1))[:-40], b'{"total_items": 0, "contents": []}', b'{"contents": 5, "total_items": 1}',
     b'[' * 100_000 + b'"total_items"', b'{"service_at_locations": [], "name": ""}'],
    ids=["cut", "empty", "no list", "deep", "nameless"],
)  # fmt: skip
def test_what_holds_no_services_is_refused_whole(raw: bytes) -> None:
    with pytest.raises(FileRefused):
        read_open_referral(raw, "f.json")


def test_a_damaged_package_is_refused_whole() -> None:
    whole = package()
    at = whole.index(b"v1,o1")  # stored, not deflated: its checksum no longer holds
    damaged = whole[:at] + b"#" * 8 + whole[at + 8 :]
    assert is_open_referral(damaged)
    with pytest.raises(FileRefused):
        read_open_referral(damaged, "p.zip")


def test_services_are_stored_once_and_what_another_file_brought_is_listed(db: Session) -> None:
    raw = page(service(1), service(2))
    rehearsed = import_resources(db, "t", raw, "s.json")
    assert (rehearsed.kind, rehearsed.rows_stored, rehearsed.stored) == ("open-referral", 2, False)
    assert db.scalar(select(Outlet.id)) is None
    done = import_resources(db, "t", raw, "s.json", commit=True)
    assert (done.rows_in, done.rows_stored, done.stored) == (2, 2, True)
    again = import_resources(db, "t", raw, "s.json", commit=True)
    assert (again.same_as, again.rows_stored) == (done.file_id, 0)
    more = import_resources(db, "t", page(service(2), service(3)), "t.json", commit=True)
    assert (more.rows_in, more.rows_stored, more.rows_refused) == (2, 1, 1)
    assert [fault.rule for fault in more.faults] == ["identifier-elsewhere"]
    files = db.scalars(select(ResourceFile).order_by(ResourceFile.loaded_at)).all()
    assert all(file.rows_in == file.rows_stored + file.rows_refused for file in files)
    shown, total = list_services(
        db,
        ServicesAsked(kind="community-service", near=(0.57, 50.861)),
        today(),
        after=None,
        limit=10,
    )
    assert total == 3
    assert (shown[0]["name"], shown[0]["terms"], shown[0]["distance_m"]) == (
        "Counselling 1",
        ["Mental health"],
        0.0,
    )
    kept = db.execute(text("SELECT services::text FROM services")).scalars().all()
    assert not any("persona" in row.casefold() for row in kept)
