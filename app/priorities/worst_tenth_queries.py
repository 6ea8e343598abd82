"""Which partnerships are kept and what of each an index's most deprived tenth holds; ranks nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.indicators.worst_tenth import Ranked, added_up
from app.partnerships.tables import Partnership
from app.priorities.methods.conditions import worst_percent
from app.priorities.tables import Designation


def ranked_partnerships(session: Session, councils: Sequence[Ranked]) -> list[Ranked]:
    """List every partnership with what its newest saved worst tenth by each index says.

    Where none is saved it is the sum of its whole councils, or nothing: one of them has no figures, or
    the partnership has an outline of its own.
    """
    by_council = {one.code: one.found for one in councils}
    newest = (
        select(
            Designation.partnership_slug, Designation.index_id, Designation.result["summary"].label("summary")
        )
        .where(Designation.rule == worst_percent(10))
        .order_by(Designation.partnership_slug, Designation.index_id, Designation.created_at)
    )  # fmt: skip
    by_slug: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for slug, index_id, summary in session.execute(newest):
        by_slug[slug][index_id] = (summary["areas_selected"], summary["areas_total"])
    rows = session.execute(
        select(
            Partnership.slug, Partnership.name, Partnership.demo, Partnership.authorities, Partnership.geom.is_(None)
        ).order_by(Partnership.slug)
    )  # fmt: skip
    return [
        Ranked(
            slug, name, demo, {**(added_up(by_council, codes) if whole else {}), **by_slug[slug]}
        )
        for slug, name, demo, codes, whole in rows
    ]
