"""The fields of an editor's forms: how a stored value is written into one and read back, and which fault is whose."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from starlette.datastructures import FormData

from app.pages.desk_forms import lines_of, text_of
from boundaries.errors import BoundsError, Fault

How = Literal[
    "text",
    "lines",
    "members",
    "steps",
    "words",
    "pounds",
    "choice",
    "known",
    "ticks",
    "day",
    "year",
]
Typed = dict[str, str]
_POUNDS = re.compile(r"£?\s*(\d{1,3}(?:,\d{3})+|\d{1,14})(?:\.(\d{1,2}))?")
MOST_ROWS = 500
_YEAR = re.compile(r"(\d{4})(?:-(\d{2}))?")
_CHOICES = {
    "true": "yes", "false": "no", "csp": "community safety partnership", "lep": "local enterprise partnership",
    "lsp": "local strategic partnership", "neighbourhood-board": "neighbourhood board",
    "level": "level: one figure is reached", "floor": "floor: every area reaches the figure",
    "ratio": "ratio: no area's figure is more than so many times the average",
    "tail-gap": "gap: the worst areas come closer to all of them",
    "linear": "in equal steps from the baseline", "stepped": "by the steps written below",
    "districts": "each of its districts", "whole": "the partnership as a whole",
}  # fmt: skip
_ROW = re.compile(r"(\w+)\.(\d{1,4})\.\w+")
_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
GONE = "gone"


def choice_words(value: str) -> str:
    """Write what is chosen from a list in words; what is in no list stays as it is."""
    return _CHOICES.get(value, value)


class Field(NamedTuple):
    """One field of a form: the API's own name, the words beside it, how it is asked for, what may be chosen.

    A field that is fixed is asked of a new record alone.
    """

    name: str
    words: str
    how: How = "text"
    must: bool = False
    choices: tuple[str, ...] = ()
    fixed: bool = False

    @property
    def short(self) -> str:
        """Its words without what explains them, for a list of faults."""
        return re.split(r"[:(,]", self.words, maxsplit=1)[0].strip()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What may be chosen, by value and words."""
        return [(each, choice_words(each)) for each in self.choices]


class Group(NamedTuple):
    """Rows of the same few fields: their name and words, what one of them is called, its fields."""

    name: str
    words: str
    one: str
    fields: tuple[Field, ...]

    @property
    def short(self) -> str:
        """Its words."""
        return self.words

    def rows(self, typed: Typed) -> list[int]:
        """The numbers of its rows."""
        found = {int(m[2]) for m in map(_ROW.fullmatch, typed) if m and m[1] == self.name}
        return sorted(found)

    def blank(self) -> Typed:
        """One row with nothing in it, to be numbered."""
        return dict.fromkeys((each.name for each in self.fields), "")


Part = Field | Group


def to_text(value: Any, how: How) -> str:
    """Write a stored value as the form shows it; empty for none."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    write: Callable[[Any], str] | None = _LINES.get(how)
    if write is not None:
        return "\n".join(write(each) for each in value)
    if how == "pounds":
        return f"{int(value) // 100}.{int(value) % 100:02d}"
    if how == "year":
        return _first_of(str(value))
    return str(value)


_LINES: Mapping[str, Callable[[Any], str]] = {
    "steps": lambda each: f"{each['period']} = {each['figure']}",
    "lines": str, "ticks": str,
}  # fmt: skip


def from_text(written: str, how: How) -> Any:
    """Read what was typed into a field; None for an empty one."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    if how in ("lines", "ticks"):
        return lines
    if how == "steps":
        return [_step(line) for line in lines]
    if how == "pounds":
        return _pence(written)
    if how == "year":
        return _financial_year(written)
    return written or None


def _pence(written: str) -> Any:
    """Read pounds as whole pence; what is no amount stays as it was typed, to be refused by its field."""
    found = _POUNDS.fullmatch(written)
    if found is None:
        return written or None
    return int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))


def _first_of(year: str) -> str:
    """Give the year that a financial year begins in, as the form asks for it; what is none stays as it is."""
    found = _YEAR.fullmatch(year)
    return found[1] if found and _financial_year(found[1]) == year else year


def _financial_year(written: str) -> str | None:
    """Read the year that a financial year begins in, or its name; what is neither is refused by its field."""
    found = _YEAR.fullmatch(written)
    if found is None or found[2]:
        return written or None
    return f"{found[1]}-{(int(found[1]) + 1) % 100:02d}"


def _step(line: str) -> dict[str, str]:
    period, _, figure = line.partition("=")
    return {"period": period.strip(), "figure": figure.strip()}


def stored_texts(parts: Sequence[Part], body: Mapping[str, Any]) -> Typed:
    """Write a record's body as the texts of its form, a row's fields as `objectives.0.title`."""
    texts: Typed = {}
    for part in parts:
        if isinstance(part, Field):
            texts[part.name] = to_text(body.get(part.name), part.how)
            continue
        for number, row in enumerate(body.get(part.name) or ()):
            for each in part.fields:
                texts[f"{part.name}.{number}.{each.name}"] = to_text(row.get(each.name), each.how)
    return texts


def sent_texts(parts: Sequence[Part], form: FormData, before: Typed) -> Typed:
    """Read what was typed; a field that was not sent stays as it was, a row that is empty or taken out goes."""
    typed: Typed = {}
    names = set(form)
    for part in parts:
        if isinstance(part, Field):
            # No tick is sent at all: then the box beside the ticks says that they were asked for.
            asked = part.name in names or f"{part.name}.asked" in names
            typed[part.name] = _sent(form, part.name, part) if asked else before.get(part.name, "")
            continue
        if not any(name.startswith(f"{part.name}.") for name in names):
            typed |= {key: text for key, text in before.items() if key.startswith(f"{part.name}.")}
            continue
        kept = 0
        for number in part.rows(dict.fromkeys(names, ""))[:MOST_ROWS]:
            at = f"{part.name}.{number}"
            row = {each.name: _sent(form, f"{at}.{each.name}", each) for each in part.fields}
            said = any(row[each.name] for each in part.fields if each.how != "choice")
            if said and not text_of(form, f"{at}.{GONE}"):
                typed |= {f"{part.name}.{kept}.{name}": text for name, text in row.items()}
                kept += 1
    return typed


def _sent(form: FormData, name: str, field: Field) -> str:
    if field.how == "ticks":
        return "\n".join(lines_of(form, name))
    return "\n".join(text_of(form, name).splitlines())


def given_by(parts: Sequence[Part], typed: Typed) -> dict[str, Any]:
    """Read texts as the API takes them; what is empty is left out."""
    given: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, Field):
            given[part.name] = from_text(typed.get(part.name, ""), part.how)
            continue
        rows = [
            {each.name: from_text(typed.get(f"{part.name}.{number}.{each.name}", ""), each.how) for each in part.fields}
            for number in part.rows(typed)
        ]  # fmt: skip
        given[part.name] = [_filled(row) for row in rows]
    return _filled(given)


def _filled(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value not in (None, [])}


def with_rows(parts: Sequence[Part], typed: Typed, more: str = "") -> Typed:
    """Give each group without rows an empty one, and that named `more` another."""
    shown = dict(typed)
    for part in parts:
        if isinstance(part, Group):
            rows = part.rows(shown)
            if not rows or part.name == more:
                at = f"{part.name}.{rows[-1] + 1 if rows else 0}"
                shown |= {f"{at}.{name}": "" for name in part.blank()}
    return shown


def labels(parts: Sequence[Part], typed: Typed) -> dict[str, str]:
    """Name every field of a form in a few words, as a list of faults or of differences says it."""
    named: dict[str, str] = {}
    for part in parts:
        named[part.name] = part.short
        if isinstance(part, Group):
            for number in part.rows(typed):
                for each in part.fields:
                    key = f"{part.name}.{number}.{each.name}"
                    named[key] = f"{part.one.capitalize()} {number + 1}: {each.short.lower()}"
    return named


def faults_by_part(problem: BoundsError | None, known: Mapping[str, str]) -> dict[str, list[str]]:
    """Give a problem's faults by the field they stand at; "" for those of the whole.

    known : the fields by name and label; a name that is no word of English is said by its label.
    """
    found: dict[str, list[str]] = {}
    for fault in [] if problem is None else problem.faults or [Fault(problem.detail)]:
        key = next((key for key in _ways(fault) if key in known), "")
        words = fault.detail
        for said in (fault.pointer.strip("/").replace("/", "."), key):
            words = words.removeprefix(f"{said}: ") if said else words
        words = _NAME.sub(
            lambda name: f"“{known[name[0]]}”" if name[0] in known else name[0], words
        )
        found.setdefault(key, []).append(words)
    return found


def _ways(fault: Fault) -> Iterator[str]:
    """Name the fields that a fault may be of, the nearest first: its pointer's steps, with and without its head."""
    steps = [step for step in fault.pointer.split("/") if step] or [fault.column or ""]
    for head in (0, 1):
        for end in range(len(steps), head, -1):
            yield ".".join(steps[head:end])
