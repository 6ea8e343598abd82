"""Log lines as JSON with a request id; refuses nothing, and is never handed postcodes, geometry or people's names."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from contextvars import ContextVar, Token
from datetime import UTC, datetime
from random import Random
from secrets import randbits
from typing import TextIO

import orjson

# An id keeps no secret, and to ask the system for each takes as long as a short answer.
_draw = Random(randbits(128)).getrandbits
_request_id: ContextVar[str] = ContextVar("request_id", default="")

# What somebody else's proxy may send as X-Request-ID; anything else is replaced, because the id
# is written into logs, headers and pages.
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)

# Attributes that every record has: what a call adds by `extra` is all the rest.
_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def get_logger(name: str) -> logging.Logger:
    """The logger of a module, named after it."""
    return logging.getLogger(name)


def request_id() -> str:
    """The id of the request or job being worked on; empty outside one."""
    return _request_id.get()


def begin_request(offered: str = "") -> Token[str]:
    """Start a request or job: keep the id offered when it is sane, else make one."""
    is_sane = offered and _SANE_ID.fullmatch(offered)
    return _request_id.set(offered if is_sane else f"{_draw(64):016x}")


def end_request(token: Token[str]) -> None:
    """Forget the id that `begin_request` set."""
    _request_id.reset(token)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, event, request_id and the call's extra fields.

    An exception is written as its class and the places it passed through. Its message is left
    out: database and geometry messages repeat what people sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        if request_id():
            line["request_id"] = request_id()
        line |= {k: v for k, v in vars(record).items() if k not in _ORDINARY and k not in line}
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["frames"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def keep_quiet() -> None:
    """Write no log lines until `configure_logs`: a command tells its faults itself, in one line."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())


def configure_logs(level: str, stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (standard error) as JSON from `level` up.

    Called by the roots only. The web server's own loggers lose their handlers: its access line
    would repeat the postcode in an address.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # A line names neither its place in the code nor a thread or process; to find them takes longer than to write it.
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = name != "uvicorn.access"
