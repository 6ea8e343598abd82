"""What a transaction may see and write that is not public: said once by who is signed in, and kept twice.

Queries ask `is_let_in`; behind them the database's own row-level security (migration 0039) asks the same of whoever
is not the tables' owner, so that a query that forgets to ask still gives nobody another's draft.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

SETTING = "bounds.partnership"
EVERY = "*"


def let_in(session: Session, partnership_slug: str | None) -> None:
    """Let the rest of this transaction see and write what is private to a partnership; None: to every one."""
    # A partnership of that name is none: the word is ours.
    said = EVERY if partnership_slug is None else partnership_slug.replace(EVERY, "")
    # Local to the transaction: a connection goes back to the pool as it came.
    session.execute(select(func.set_config(SETTING, said, True)))


def is_let_in(partnership_slug: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """True of the rows of partnerships that this transaction was let in to."""
    said = func.current_setting(SETTING, True)
    return or_(said == EVERY, said == partnership_slug)
