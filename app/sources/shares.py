"""Links ended counties and combined authorities to what followed, and says which share of people each link passed on.

Everything runs in the caller's transaction and may be repeated.
"""

from __future__ import annotations

import pandas as pd
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from boundaries.database import named_sql
from boundaries.methods.succession import shares_passed_on
from boundaries.storing import store_successions
from boundaries.tables import Weight

FROM_MEMBERS = "what followed its districts"
BY_DISTRICTS = "people of mid-2020 in its districts"


def link_ended(session: Session) -> int:
    """Link each ended county or combined authority to the authorities that its districts went to.

    The share of each is that of the people of its districts. Where a district's own people are not
    known and what followed was made of this area's districts alone, those of the follower stand for
    them. Returns the rows written.
    """
    rows = session.execute(named_sql(__file__, "parts_of_ended")).mappings()
    parts = pd.DataFrame(
        [dict(row) for row in rows],
        columns=["old_code", "part", "new_code", "changed_on", "is_only_ground"],
    )
    if parts.empty:
        return 0
    known = session.execute(
        select(Weight.code, Weight.value).where(
            Weight.area_set == "lad", Weight.measure == "people"
        )
    ).all()
    people = {row[0]: row[1] for row in known}
    parts["people"] = parts["part"].map(people).astype(float)
    # By its first part alone, so that a follower made of several is not counted for each of them.
    first = ~parts.duplicated(["old_code", "new_code"])
    lacking = (
        parts["people"].isna().groupby([parts["old_code"], parts["new_code"]]).transform("any")
    )
    stands = lacking & parts["is_only_ground"]
    follower = parts["new_code"].map(people).astype(float)
    parts["people"] = parts["people"].where(~stands, follower.where(first, 0.0))
    shares = shares_passed_on(parts)
    days = parts.drop_duplicates("old_code").set_index("old_code")["changed_on"]
    several = shares["old_code"].duplicated(keep=False)
    links = shares.assign(
        changed_on=shares["old_code"].map(days),
        kind=several.map({True: "split", False: "merged"}),
        source=FROM_MEMBERS,
        method=several.map({True: BY_DISTRICTS, False: "the whole of it: nothing else followed"}),
    )
    links["method"] = links["method"].where(links["share"].notna(), None)
    return store_successions(session, links)


def share_links(session: Session) -> None:
    """Share out small areas and MSOAs among those that followed them, as far as postcodes and people are here.

    Links of 2011 to 2021 by postcodes, those of 2001 to 2011 by the postcodes
    that lie in the outlines of 2001, those of MSOAs by the people of their small areas.
    """
    # A load within one transaction has told the planner nothing of what it wrote.
    session.execute(text("ANALYZE successions"))
    session.execute(text("ANALYZE memberships"))
    for name in ("share_by_postcodes", "share_of_msoas", "share_of_2001", "share_of_only_link"):
        session.execute(named_sql(__file__, name))
