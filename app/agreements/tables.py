"""Posts, service agreements and devolved budgets, each of one saved neighbourhood."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Text, func
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from boundaries.database import Base


class OfNeighbourhood(Base):
    """What the three have in common; gone with its neighbourhood."""

    __abstract__ = True

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    note: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(server_default="1", comment="goes up with every write")
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    @declared_attr
    def neighbourhood(cls) -> Mapped[str]:  # noqa: N805  as SQLAlchemy names it
        """The neighbourhood's slug."""
        return mapped_column(ForeignKey("neighbourhoods.slug", ondelete="CASCADE"), index=True)


class ManagingPost(OfNeighbourhood):
    """A post that manages a neighbourhood, or part of that work: of which organisation, from when until when."""

    __tablename__ = "neighbourhood_managers"

    role: Mapped[str] = mapped_column(Text, comment="the post, never a person's name")
    organisation: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    __table_args__ = (CheckConstraint("starts_on < ends_on", name="in_time"),)


class AgreedStandard(OfNeighbourhood):
    """A service that somebody provides to a neighbourhood, to a standard, reviewed by a day."""

    __tablename__ = "service_agreements"

    service: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text, comment="an organisation")
    standard: Mapped[str] = mapped_column(Text, comment="what is promised, in words")
    measure: Mapped[str | None] = mapped_column(Text, comment="how it is told whether it is kept")
    theme: Mapped[str | None] = mapped_column(Text)
    starts_on: Mapped[date | None]
    review_on: Mapped[date]
    status: Mapped[str] = mapped_column(Text, server_default="agreed")

    __table_args__ = (
        CheckConstraint("status IN ('proposed', 'agreed', 'under review', 'ended')", name="status"),
        CheckConstraint("starts_on <= review_on", name="in_time"),
    )


class DevolvedBudget(OfNeighbourhood):
    """Money of one fund and year that a neighbourhood decides on; stands beside the ledger, in no total of it."""

    __tablename__ = "devolved_budgets"

    fund: Mapped[str] = mapped_column(Text)
    programme_id: Mapped[str | None] = mapped_column(
        ForeignKey("programmes.id", ondelete="SET NULL"), index=True
    )
    financial_year: Mapped[str] = mapped_column(Text)
    amount_pence: Mapped[int] = mapped_column(BigInteger)
    decided_by: Mapped[str] = mapped_column(Text, comment="a body or a post")

    __table_args__ = (CheckConstraint("amount_pence >= 0", name="not_below_nothing"),)
