"""Answers names: an area that bears one now, bore it once, or is spelt much like it; never decides between several."""

from __future__ import annotations

from datetime import date

from boundaries.names import Name, NameIndex, is_alive

MOST_NAMED = 3


class NamedRows:
    """Names answered as the rows of a table want them."""

    def __init__(self, index: NameIndex, day: date) -> None:
        self._index, self._day = index, day

    def answer_row(self, written: str) -> tuple[list[str], str]:
        """Give code, type and name with a status. A district is taken before a ward or parish of its name."""
        called = self._index.called(written)
        living = [one for one in called if one.kind == "name" and is_alive(one, self._day)]
        for chosen in (living, [one for one in called if one not in living]):
            codes = {one.code for one in chosen}
            councils = [one for one in chosen if one.type in ("lad", "cty")]
            if len(codes) == 1 or (len({one.code for one in councils}) == 1):
                one = chosen[0] if len(codes) == 1 else councils[0]
                others = len(codes) - 1
                told = "found" if chosen is living else f"found: {self._since(one)}"
                if others:
                    told += f"; {others} other areas are called so"
                return [one.code, one.type, self._index.present.get(one.code, one.name)], told
            if codes:
                named = ", ".join(sorted(codes)[:MOST_NAMED])
                return ["", "", ""], f"several areas are called so: {named}"
        near = self._index.alike(written, MOST_NAMED)
        if near:
            named = " or ".join(f"{match.name.name} ({match.name.code})" for match in near)
            return ["", "", ""], f"unknown name; perhaps {named} is meant"
        return ["", "", ""], "unknown name"

    def _since(self, one: Name) -> str:
        if one.kind != "name":
            return self._index.why(one)
        if one.valid_to is not None and one.valid_to <= self._day:
            return f"ended {one.valid_to}"
        return f"begins {one.valid_from}"
