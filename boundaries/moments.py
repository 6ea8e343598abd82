"""What is asked twice of one moment of the database is read once; says which sessions see one moment alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

from sqlalchemy.orm import Session

# What a session is marked with that only reads, and sees one moment from its first statement to its last.
IS_A_MOMENT = "is_a_moment"
_ASKED = "asked_of_this_moment"
Answer = TypeVar("Answer")


def sees_a_moment(session: Session) -> bool:
    """Say whether all that a session asks is of one moment, and of what everybody sees."""
    return bool(session.info.get(IS_A_MOMENT))


def once_a_moment(session: Session, key: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Give what this session was told before under a key, or ask; a session of more than one moment asks each time.

    The key names the question and all that it is asked of. What is given is shared: nobody changes it.
    """
    if not sees_a_moment(session):
        return ask()
    told = session.info.setdefault(_ASKED, {})
    if key not in told:
        told[key] = ask()
    return cast(Answer, told[key])
