"""Keeps what was told of a region for processes to come; what cannot be kept is worked out again."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.logs import get_logger
from app.regions.tables import RegionAnswer
from app.sessions import FAILURES, writing

log = get_logger(__name__)
# Nobody waits longer for what is only kept for others.
LONGEST_S = 2.0


def keep_answer(session: Session, code: str, stage: str, mark: str, body: dict[str, Any]) -> None:
    """Keep an answer in a transaction of its own beside the one that it was read in; a copy keeps nothing."""
    engine = session.get_bind()
    assert isinstance(engine, Engine), "a reading session is an engine's"
    open_to_writes = engine.execution_options(
        isolation_level="READ COMMITTED", postgresql_readonly=False
    )
    values = {"code": code, "stage": stage, "mark": mark, "body": orjson.dumps(body)}
    try:
        with writing(open_to_writes, LONGEST_S) as own:
            own.execute(
                insert(RegionAnswer).values(values).on_conflict_do_update(
                    index_elements=[RegionAnswer.code, RegionAnswer.stage],
                    set_={"mark": mark, "body": values["body"], "kept_at": func.now()},
                )
            )  # fmt: skip
    except FAILURES as failure:
        log.info("a region's answer was not kept", extra={"reason": type(failure).__name__})
