"""A collection: what its features say, where they are read from, and what names this very state of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause

from app.exports.sheets import Kind
from boundaries.crs import Bounds
from boundaries.errors import NotFound


class UnknownCollection(NotFound):
    """There is no collection of that name; /ogc/collections lists those there are."""

    slug = "unknown-features"
    title = "No such collection of features"


class UnknownFeature(NotFound):
    """The collection has no feature of that id, on the day asked about."""

    slug = "unknown-feature"
    title = "No such feature"


@dataclass(frozen=True)
class Property:
    """One property of a collection's features: what kind of value, said in words."""

    kind: Kind
    told: str


@dataclass(frozen=True)
class About:
    """What the catalogue says of a collection, the same in its list and by itself."""

    id: str
    title: str
    description: str
    extent: Bounds | None
    interval: tuple[date | None, date | None] | None
    properties: Mapping[str, Property]
    shape: str
    licence: str
    attribution: str
    features: int


@dataclass(frozen=True)
class Source:
    """Where features are read from, as parts of one statement.

    columns : by property; `key` sorts and names a feature, and is the id that people see.
    life : the columns from and to (half-open) that `datetime` asks about; None where nothing has a time.
    finished : the text of the whole feature in CRS84, where it is stored.
    """

    table: FromClause
    key: ColumnElement[str]
    columns: Mapping[str, ColumnElement[Any]]
    geom: ColumnElement[Any]
    geom_wgs84: ColumnElement[Any]
    where: Sequence[ColumnElement[bool]]
    life: tuple[ColumnElement[Any], ColumnElement[Any]] | None = None
    finished: tuple[FromClause, ColumnElement[bool], ColumnElement[str]] | None = None


@dataclass(frozen=True)
class Collection:
    """One collection on a day (or span of days): what is said of it, and where its features are.

    stamp : changes with anything that its features say; None where that is not known beforehand.
    matched : how many features there are, without any filter.
    """

    about: About
    source: Source = field(repr=False)
    stamp: str
    matched: int
    set_id: str
    ready: bool
