"""Shapes of indices on the wire."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from app.indicators.queries import IndexRow


class IndexBody(BaseModel):
    """One index of deprivation as held here."""

    id: str
    title: str
    area_set: str = Field(description="the set of small areas it speaks of")
    release: str | None = Field(description="the release that draws them; null where none exists")
    areas_total: int = Field(description="areas that the publication ranks (N)")
    areas_held: int = Field(description="areas whose values are stored here")
    partial: bool = Field(description="only some places are stored: nothing national follows")
    demo: bool
    measures: list[str]
    published_on: date
    publisher: str
    licence: str
    attribution: str
    loaded_at: datetime

    @classmethod
    def of(cls, row: IndexRow) -> IndexBody:
        """Make it from the row."""
        return cls(
            id=row.id, title=row.title, area_set=row.area_set, release=row.release_id or None,
            areas_total=row.areas_total, areas_held=row.areas_held, partial=row.partial,
            demo=row.demo, measures=list(row.measures), published_on=row.published_on,
            publisher=row.publisher, licence=row.licence, attribution=row.attribution,
            loaded_at=row.loaded_at,
        )  # fmt: skip
