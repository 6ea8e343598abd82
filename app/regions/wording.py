"""Puts a region's partnerships into sentences; counts what it is given and no more."""

from __future__ import annotations

from typing import Any


def _beyond(many: int, straddling: int) -> str:
    if many == 1:
        return "it reaches" if straddling else "it does not reach"
    return f"{straddling or 'none'} {'reaches' if straddling == 1 else 'reach'}"


def say_region(body: dict[str, Any]) -> str:
    """Say how many partnerships a region has, how they lie, how their targets stand and what was counted once."""
    rolled, name = body["roll_up"], body["region"]["name"]
    if not rolled["partnerships"]:
        return f"No partnership saved here has ground in {name}."
    many = rolled["partnerships"]
    said = [
        f"{_counted(many, 'partnership has', 'partnerships have')} ground in {name}, "
        f"in {rolled['districts_touched']} of its {body['districts']} districts and unitaries; "
        f"{_beyond(many, rolled['straddling'])} beyond it."
    ]  # fmt: skip
    counts = {word: count for word, count in rolled["targets"].items() if count}
    if counts:
        told = ", ".join(f"{count} {word}" for word, count in counts.items())
        said.append(f"Of {sum(counts.values())} targets of their own: {told}.")
    once = body["money"]["once"]
    if once is not None:
        again = once["counted_again"]["lines"]
        said.append(
            f"{_counted(once['lines'], 'line', 'lines')} of money {body['stage']} "
            f"{'lies' if once['lines'] == 1 else 'lie'} in {'it' if many == 1 else 'them'}"
            + (f", {_counted(again, 'counting', 'countings')} in a second ledger taken away." if again else ".")
        )  # fmt: skip
    return " ".join(said)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
