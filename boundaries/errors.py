"""The kinds of thing that can go wrong, shared by every room; says nothing of HTTP statuses or exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    """One thing wrong with an input, said so that the sender can mend it.

    `pointer` is a JSON pointer into a request body; `file`, `row`, `column`, `value` and `rule`
    place the fault in a file. Empty text means "does not apply".
    """

    detail: str
    pointer: str = ""
    file: str = ""
    row: int | str | None = None
    column: str = ""
    value: str = ""
    rule: str = ""

    def as_line(self) -> str:
        """Say the fault on one line, as the command line prints it."""
        place = [self.file, f"row {self.row}" if self.row is not None else "", self.column]
        where = ", ".join(part for part in place if part)
        value = f" (found {self.value!r})" if self.value else ""
        rule = f" [rule: {self.rule}]" if self.rule else ""
        return f"{where}: {self.detail}{value}{rule}" if where else f"{self.detail}{value}{rule}"


class BoundsError(Exception):
    """Anything Bounds refuses or cannot find; subclasses are kinds, their subclasses carry a slug and title."""

    slug = "problem"
    title = "Something is wrong"

    def __init__(self, detail: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)


class NotFound(BoundsError):
    """The thing asked for does not exist."""

    slug = "not-found"
    title = "Not found"


class Invalid(BoundsError):
    """The question or value itself is wrong."""

    slug = "invalid"
    title = "That is not valid"


class Conflict(BoundsError):
    """The request fits the rules but not the present state."""

    slug = "conflict"
    title = "That conflicts with what is here"


class Refused(BoundsError):
    """A file or body was read and will not be taken."""

    slug = "refused"
    title = "The input was refused"


class Unavailable(BoundsError):
    """Something outside the program is not there: the database, disk space, a worker."""

    slug = "unavailable"
    title = "Not available just now"
