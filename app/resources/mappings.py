"""Keeps how a partnership's files of money are read: which title is which column, what words mean which place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.audit import record
from app.access.queries import Actor
from app.partnerships.queries import get_partnership
from app.resources.import_tables import ResourceMapping
from app.resources.known_places import read_lookups
from app.resources.methods.place import PlaceUnsure, name_key, place_by_words
from app.resources.readers.frames import StatedPlace
from app.resources.readers.plain_rows import COLUMNS
from boundaries.errors import Conflict, Fault, Invalid, NotFound

_NAME = re.compile(r"^[a-z0-9][a-z0-9-]{0,59}$")
MOST_PLACES = 5_000
_LONGEST = 200


class UnknownMapping(NotFound):
    """The partnership has no saved mapping of that name."""

    slug = "unknown-mapping"
    title = "No such saved mapping"


class MappingExists(Conflict):
    """The partnership has a saved mapping of that name already."""

    slug = "mapping-exists"
    title = "A mapping of that name is saved"


class MappingInvalid(Invalid):
    """A mapping names a column that there is not, or a place that is not sure."""

    slug = "mapping-invalid"
    title = "That mapping cannot be used"


@dataclass(frozen=True)
class FileMapping:
    """How one file is read: our column → its title (or "=words" for every row), words → the place that is meant."""

    columns: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    def joined(self, other: FileMapping) -> FileMapping:
        """Lay another mapping over this one: what both say is taken from the other."""
        meant = {name_key(words) for words in other.places}
        kept = {words: code for words, code in self.places.items() if name_key(words) not in meant}
        return FileMapping({**self.columns, **other.columns}, {**kept, **other.places})


def read_pairs(pairs: Sequence[str], what: str) -> dict[str, str]:
    """Read "key=value" pairs of a command or an address. Raises MappingInvalid naming each that is none."""
    read: dict[str, str] = {}
    faults = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip() or not value.strip() or len(pair) > 2 * _LONGEST:
            faults.append(
                Fault("it is not KEY=VALUE", pointer=f"/{what}", column=what, value=pair[:80])
            )
        read[key.strip()] = value.strip()
    if faults:
        raise MappingInvalid(f"{faults[0].value!r} is not KEY=VALUE", faults)
    return read


def check_mapping(session: Session, mapping: FileMapping, slug: str | None) -> None:
    """Refuse a mapping that names a column of ours that there is not, or a place that is not surely one.

    What a person confirms is itself a code of a loaded area, a postcode that is known, or a saved
    neighbourhood. Raises MappingInvalid with every fault.
    """
    faults = [
        Fault(
            f"there is no such column; there are {', '.join(COLUMNS)}",
            pointer=f"/columns/{_pointer(column)}", column="map", value=column[:80], rule="column-known",
        )
        for column in mapping.columns
        if column not in COLUMNS
    ]  # fmt: skip
    if len(mapping.places) > MOST_PLACES:
        faults.append(Fault(f"at most {MOST_PLACES:,} places are kept", pointer="/places"))
    else:
        stated = tuple(StatedPlace(name=code) for code in mapping.places.values())
        lookups = read_lookups(session, [stated], (), slug=slug)
        for words, code in mapping.places.items():
            try:
                place_by_words(code, lookups)
            except PlaceUnsure as unsure:
                faults.append(
                    Fault(
                        unsure.detail, pointer=f"/places/{_pointer(words)}", column="place",
                        value=f"{words}={code}"[:80], rule=unsure.rule,
                    )
                )  # fmt: skip
    if faults:
        raise MappingInvalid("; ".join(fault.detail for fault in faults[:3]), faults)


def _pointer(key: str) -> str:
    return key[:60].replace("~", "~0").replace("/", "~1")


def get_mapping(session: Session, slug: str, name: str) -> ResourceMapping:
    """Get one saved mapping of a partnership; raises UnknownPartnership, UnknownMapping."""
    get_partnership(session, slug)
    row = session.get(ResourceMapping, (slug, name))
    if row is None:
        raise UnknownMapping(f"{slug} has no saved mapping {name[:80]!r}")
    return row


def saved_mapping(session: Session, slug: str, name: str) -> FileMapping:
    """Give a saved mapping as it is used; raises as get_mapping."""
    row = get_mapping(session, slug, name)
    return FileMapping(row.columns, row.places)


def list_mappings(session: Session, slug: str) -> list[dict[str, Any]]:
    """List a partnership's saved mappings by name; raises UnknownPartnership."""
    get_partnership(session, slug)
    rows = session.scalars(
        select(ResourceMapping)
        .where(ResourceMapping.partnership_slug == slug)
        .order_by(ResourceMapping.name)
    )
    return [mapping_body(row) for row in rows]


def mapping_body(row: ResourceMapping) -> dict[str, Any]:
    """Write a saved mapping as the API sends it."""
    return {
        "name": row.name, "partnership": row.partnership_slug, "columns": row.columns, "places": row.places,
        "revision": row.revision, "changed_at": row.changed_at,
    }  # fmt: skip


def save_mapping(
    session: Session, actor: Actor | str, slug: str, name: str, mapping: FileMapping
) -> ResourceMapping:
    """Keep a mapping for a partnership under a name, in place of what was kept there before.

    Raises UnknownPartnership, MappingInvalid.
    """
    get_partnership(session, slug)
    if not _NAME.match(name):
        fault = Fault("small letters, figures and hyphens, at most 60", pointer="/name")
        raise MappingInvalid(f"{name[:80]!r} cannot be the name of a mapping", [fault])
    check_mapping(session, mapping, slug)
    row = session.get(ResourceMapping, (slug, name), with_for_update=True)
    said = {"columns": dict(mapping.columns), "places": dict(mapping.places)}
    if row is None:
        row = ResourceMapping(
            partnership_slug=slug, name=name, made_by=str(actor), revision=1, **said
        )
        session.add(row)
    elif (row.columns, row.places) != (said["columns"], said["places"]):
        row.columns, row.places = said["columns"], said["places"]
        row.revision += 1
    session.flush()
    session.refresh(row)
    record(session, actor, "save", f"mapping:{slug}/{name}", {"revision": row.revision})
    return row


def remove_mapping(session: Session, actor: Actor | str, slug: str, name: str) -> None:
    """Drop a saved mapping; files that were read by it stay. Raises UnknownPartnership, UnknownMapping."""
    session.delete(get_mapping(session, slug, name))
    session.flush()
    record(session, actor, "remove", f"mapping:{slug}/{name}", {})


@dataclass(frozen=True)
class AskedMapping:
    """How one import asks to be read: pairs said on the spot, over a saved mapping, kept under a name.

    columns, places : "KEY=VALUE" each. mapping : name of a saved one. save_map : name to keep it under.
    """

    columns: Sequence[str] = ()
    places: Sequence[str] = ()
    mapping: str | None = None
    save_map: str | None = None

    def read(self, session: Session, partnership: str | None) -> FileMapping:
        """Give the saved mapping with what is said on the spot laid over it. Raises MappingInvalid, UnknownMapping."""
        said = FileMapping(read_pairs(self.columns, "map"), read_pairs(self.places, "place"))
        if partnership is None and (self.mapping or self.save_map):
            fault = Fault("name the partnership that the mapping is of", pointer="/partnership")
            raise MappingInvalid("a mapping is saved for a partnership", [fault])
        if self.mapping is None or partnership is None:
            return said
        return saved_mapping(session, partnership, self.mapping).joined(said)

    def keep(
        self, session: Session, actor: Actor | str, partnership: str | None, read_by: FileMapping
    ) -> None:
        """Keep how a file was read where that is asked; a confirmed place is kept with the mapping it was added to."""
        name = self.save_map or (self.mapping if self.places else None)
        if name is not None and partnership is not None:
            save_mapping(session, actor, partnership, name, read_by)
