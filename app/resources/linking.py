"""Links lines of money to the programme that their source names; where words name none or several, none is taken."""

from __future__ import annotations

from sqlalchemy.orm import Session

from boundaries.database import named_sql


def link_lines(
    session: Session, *, programme_id: str | None = None, file_id: str | None = None
) -> int:
    """Let lines draw on the one programme whose title or id their `programme` words equal; says how many changed.

    Parameters
    ----------
    programme_id : only lines that draw on this programme, or would: after it was made or renamed
    file_id : only lines of this file: after it was stored

    Case, and how many blanks part the words, do not matter; nothing else is mended. A partnership's
    own programme is named only by the lines of files for that partnership, and goes before a
    published one of the same words. Words that equal two programmes link to neither. What is linked
    depends on what is stored alone, not on what came first; asking again changes nothing.
    """
    session.flush()
    done = session.execute(
        named_sql(__file__, "link_lines"), {"programme_id": programme_id, "file_id": file_id}
    )
    session.expire_all()
    return int(done.rowcount)  # type: ignore[attr-defined]


def link_regrants(session: Session, *, file_id: str) -> int:
    """Give grants the role regrant that name a stored grant whose recipient is their funder; says how many.

    The 360Giving standard has related activities but no word for a grant that passes another on. That
    the one grant names the other, and that who received the one gives the other, together say it;
    either alone is left an award. `file_id`: a file just stored, whose grants may pass on others' and
    whose own others may pass on, whichever came first.
    """
    session.flush()
    done = session.execute(named_sql(__file__, "link_regrants"), {"file_id": file_id})
    session.expire_all()
    return int(done.rowcount)  # type: ignore[attr-defined]
