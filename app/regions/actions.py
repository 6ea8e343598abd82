"""Keeps what was told of a region for processes to come; what cannot be kept is worked out again."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.logs import get_logger
from app.regions.tables import RegionAnswer
from app.sessions import FAILURES

log = get_logger(__name__)
# Nobody waits longer for what is only kept for others.
LONGEST = "2s"


def keep_answer(session: Session, code: str, stage: str, mark: str, body: dict[str, Any]) -> None:
    """Keep an answer in a transaction of its own beside the one that it was read in; a copy keeps nothing."""
    values = {"code": code, "stage": stage, "mark": mark, "body": orjson.dumps(body)}
    try:
        with Session(session.get_bind()) as own, own.begin():
            # The engine of a reading session opens read-only transactions.
            own.execute(text("SET TRANSACTION READ WRITE"))
            own.execute(select(func.set_config("statement_timeout", LONGEST, True)))
            own.execute(
                insert(RegionAnswer).values(values).on_conflict_do_update(
                    index_elements=[RegionAnswer.code, RegionAnswer.stage],
                    set_={"mark": mark, "body": values["body"], "kept_at": func.now()},
                )
            )  # fmt: skip
    except FAILURES as failure:
        log.info("a region's answer was not kept", extra={"reason": type(failure).__name__})
