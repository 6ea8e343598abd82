"""The receipt of each number: which data, by which formula, and where the rows behind it are."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from app.indicators.queries import IndexRow
from app.indicators.rows import IndicatorRow
from app.profiles.subject import Subject

# Each formula names columns of the rows that its receipt points at, so that anybody can do it again.
LEVEL = "sum(people * share * score) / sum(people * share), over the rows that have a score"
STANDING = "rank = 1 + the number of rows with a score above the level; percentile = ceil(100 * rank / rows)"
PUBLISHED = "the one small area's own published rank; percentile = ceil(100 * rank / areas ranked)"
MIDDLE = "median of rank over the rows with share above 0; tenth = ceil(10 * rank / areas ranked)"
WORST_TENTH = "sum(residents * share where 10 * rank <= areas ranked) / sum(residents * share)"
DRIVER = (
    "weight * (sum(people * share * transformed) / sum(people * share) - england), with transformed = "
    "-23 ln(1 - R (1 - exp(-100 / 23))), R = (areas ranked + 1 - rank_averaged) / areas ranked, and england its "
    "mean over the ranks 1 to areas ranked"
)
COMPOSITE = (
    "sum over the domains of weight * (mean of transformed by people * share - england); transformed and "
    "england as for one domain"
)
DISTANCE = (
    "sqrt(sum over the domains of (z of the area - z of the place)^2), with z = (score - mean) / standard "
    "deviation over all rows; the place's scores are its levels"
)
COUNT_OF_INDICATOR = "sum(value * share) over the rows"
RATE_OF_INDICATOR = (
    "sum(residents * share * value) / sum(residents * share), over the rows that have a value"
)
PER_1000 = "1000 * sum(value * share) / sum(residents * share)"
STANDING_OF_INDICATOR = (
    "rank = 1 + the number of rows whose value is worse than the number over the ground; percentile = "
    "ceil(100 * rank / rows that have a value)"
)
COUNT = "sum(residents * share)"
AREAS = "the number of rows with share above 0"


class Receipts:
    """Collects the receipts of one profile; the same number asked twice has one."""

    def __init__(self, subject: Subject, index: IndexRow) -> None:
        self._address = f"{subject.address}/profile/rows.csv"
        self._index = index
        self._asked = subject.asked
        self.found: dict[str, dict[str, Any]] = {}

    def give(
        self, method: str, measure: str, *, of: str = "here", edition: IndexRow | None = None,
        also: str = "", **constants: float,
    ) -> str:  # fmt: skip
        """Write the receipt of a number and give its name within the profile.

        method : one of this module's formulas. of : whose rows. also : what else it rests on.
        constants : numbers of the formula that are not in the rows.
        """
        index = edition or self._index
        asked: dict[str, str] = {"index": self._index.id, **self._asked}
        if index.id != self._index.id:
            asked["edition"] = index.id
        asked |= {"measure": measure, "of": of}
        name = ".".join((index.id, measure, of, _NAMES[method]))
        self.found[name] = {
            "source": index.source_file,
            "edition": index.title,
            "index": index.id,
            "release": index.release_id,
            "publisher": index.publisher,
            "licence": index.licence,
            "attribution": index.attribution,
            "loaded_at": index.loaded_at.isoformat(),
            "method": method,
            "constants": {"areas ranked": index.areas_total, **constants},
            "also": also,
            "rows": f"{self._address}?{urlencode(asked)}",
        }
        return name

    def give_indicator(
        self, row: IndicatorRow, period: str, method: str, *, of: str = "here", also: str = ""
    ) -> str:
        """Write the receipt of an indicator's number, over the ground or a place beside it; gives its name."""
        name = ".".join((row.id, period, of, _NAMES[method]))
        asked: dict[str, str] = {
            "index": self._index.id, "indicator": row.id, "period": period, "of": of, **self._asked,
        }  # fmt: skip
        hidden = "counts under 10 are held back in the rows" if row.confidential else ""
        self.found[name] = {
            "source": row.source_file, "edition": f"{row.title}, {period}", "index": row.id,
            "release": row.release_id, "publisher": row.publisher, "licence": row.licence,
            "attribution": row.attribution, "loaded_at": row.loaded_at.isoformat(), "method": method,
            "constants": {}, "also": "; ".join(words for words in (also, hidden) if words),
            "rows": f"{self._address}?{urlencode(asked)}",
        }  # fmt: skip
        return name


_NAMES = {
    LEVEL: "level", STANDING: "standing", PUBLISHED: "standing", MIDDLE: "middle", WORST_TENTH: "worst-tenth",
    DRIVER: "driver", COMPOSITE: "composite", DISTANCE: "distance", COUNT: "people", AREAS: "areas",
    COUNT_OF_INDICATOR: "value", RATE_OF_INDICATOR: "value", PER_1000: "per-1000", STANDING_OF_INDICATOR: "standing",
}  # fmt: skip
