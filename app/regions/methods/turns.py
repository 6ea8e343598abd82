"""What tells a day from another, as far as a region's answer follows from the day; reads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# The last turn of somebody's own, and how many periods of series had begun.
Own = tuple[str | None, int]


class Turns(NamedTuple):
    """The turns that a day lies after: days after the same ones are told the same.

    changed_on : the last day on which a council began or ended. layer : the one that draws the councils of the day.
    living_on : the last day on which a partnership began or ended. own : by partnership the last on which somebody
    joined or left or an action became late, and how many periods of its targets' series had begun; one without
    either is not among them.
    """

    changed_on: str | None
    layer: str
    living_on: str | None
    own: Mapping[str, Own]

    @property
    def of_ground(self) -> tuple[str | None, str]:
        """Give those that any ground follows from."""
        return (self.changed_on, self.layer)

    def of(self, slug: str) -> Own | None:
        """Give those that a partnership's own words follow from."""
        return self.own.get(slug)

    @property
    def every(self) -> tuple[object, ...]:
        """Give all of them."""
        return (*self.of_ground, self.living_on, *sorted(self.own.items()))
