"""Says how an outline lies to a set of authorities: same, union of, part of, straddles or mixed.

It answers "cannot tell" where the outlines are too coarse for the answer, and never takes a
looser fit for the same ground (METHODS.md 1.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon

from boundaries.methods.apportion import shares_to_percent
from boundaries.methods.erosion import core_area, core_exceeds, pieces_width_m, unite
from boundaries.methods.overlay import edge_distances

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

Verdict = Literal["same", "union-of", "part-of", "straddles", "mixed", "cannot-tell", "outside"]

# METHODS.md 1.3: the share of an area below which eroded leftovers are generalisation, by the
# tolerance, each the best threshold on 296 districts (20 m: the middle of 0.27-0.32 %; 200 m: that of
# outlines of 200 m; the 0.013 % of fine outlines judged at 200 m took 10 districts in 296 for others).
MEASURED_THRESHOLDS = ((20.0, 0.00295), (50.0, 0.0019), (75.0, 0.0014), (200.0, 0.0012))
# Beyond it the table's bites are missed: a `same` would be a guess.
COARSEST_TOLERANCE_M = 200.0
# METHODS.md 1.3: a genuine pair of 20 m outlines differs by less in plain area.
AREA_DIFFERENCE_TO_WARN = 0.005
# From here on the core alone does not see every loss of 1 %, and the plain area must agree too.
FINEST_COARSE_M = 75.0
LOSS_TO_SEE = 0.01
# An outline is drawn coarsely when this much of its edge runs beside the authorities' borders, …
COARSE_EDGE_SHARE = 0.4
# … outside the tolerance and yet within the reach of the coarsest published outlines (BUC).
COARSEST_OUTLINE_M = 500.0
CLEAR_SHARE = 0.05
MOSTLY = 0.5


@dataclass(frozen=True, slots=True)
class AuthorityShare:
    """One authority that an outline meets; shares are fractions 0 to 1 of plain area."""

    code: str
    name: str
    share_of_authority: float
    share_of_partnership: float
    core_share_of_authority: float
    whole: bool
    touched: bool


@dataclass(frozen=True, slots=True)
class OutlineVerdict:
    """What an outline is to a set of authorities, with the evidence for it.

    `authorities` holds each authority with ground in the outline, most of the outline first; those
    with `touched` False meet it by generalisation only. Their `share_of_partnership` and
    `outside_share` are multiples of 0.0001 that add to 1. `widest_leftover_m` is the mean width
    (twice area by perimeter) of the widest piece that was taken for generalisation.
    """

    verdict: Verdict
    authorities: tuple[AuthorityShare, ...]
    outside_share: float
    core_outside_share: float
    widest_leftover_m: float
    area_m2: float
    tolerance_m: float
    effective_tolerance_m: float
    threshold: float
    warnings: tuple[str, ...]

    @property
    def touched(self) -> tuple[AuthorityShare, ...]:
        """Give the authorities that count for the verdict."""
        return tuple(one for one in self.authorities if one.touched)


class AuthorityLayer:
    """Authorities ready to be measured against: codes, names, outlines and an index over them."""

    def __init__(self, codes: Sequence[str], names: Sequence[str], outlines: Any) -> None:
        self.codes = [str(code) for code in codes]
        self.names = [str(name) for name in names]
        self.outlines: NDArray[np.object_] = np.asarray(outlines, dtype=object)
        self.area_m2: NDArray[np.float64] = shapely.area(self.outlines)
        shapely.prepare(self.outlines)
        self.tree = shapely.STRtree(self.outlines)

    @classmethod
    def from_frame(cls, frame: Any) -> AuthorityLayer:
        """Read a GeoDataFrame with columns `code`, `name` and valid BNG polygons."""
        return cls(frame["code"].tolist(), frame["name"].tolist(), frame.geometry.to_numpy())


def threshold_for(tolerance_m: float) -> float:
    """Give h, the share of an area that eroded leftovers must exceed to count, for a tolerance.

    The logarithm of h runs straight between the measured points of METHODS.md 1.3 (20 m 0.295 %,
    50 m 0.19 %, 75 m 0.14 %, 200 m 0.12 %); outside them the end values hold.
    """
    at, best = zip(*MEASURED_THRESHOLDS, strict=True)
    return float(np.exp(np.interp(tolerance_m, at, np.log(best))))


class _Meeting:
    """The ground that the outline and one authority share; overlays are done when asked for.

    Most authorities of an outline are wholly in it or no more than grazed by it, and then one of
    the two overlays is enough. The areas follow from whichever was done.
    """

    def __init__(self, outline: BaseGeometry, layer: AuthorityLayer, position: int) -> None:
        self.outline = outline
        self.position = position
        self.authority: BaseGeometry = layer.outlines[position]
        self.authority_m2 = float(layer.area_m2[position])
        if shapely.covers(outline, self.authority):
            self.left_m2, self.inside_m2 = 0.0, self.authority_m2
        elif shapely.covers(self.authority, outline):
            self.inside_m2 = float(shapely.area(outline))
            self.left_m2 = self.authority_m2 - self.inside_m2
        elif shapely.covers(outline, shapely.point_on_surface(self.authority)):
            self.left_m2 = float(shapely.area(self.left))
            self.inside_m2 = self.authority_m2 - self.left_m2
        else:
            self.inside_m2 = float(shapely.area(self.inside))
            self.left_m2 = self.authority_m2 - self.inside_m2

    @cached_property
    def inside(self) -> BaseGeometry:
        """Give the ground of the authority that lies in the outline."""
        return shapely.intersection(self.outline, self.authority)

    @cached_property
    def left(self) -> BaseGeometry:
        """Give the ground of the authority that the outline leaves out."""
        return shapely.difference(self.authority, self.outline)


def _meetings(outline: BaseGeometry, layer: AuthorityLayer) -> list[_Meeting]:
    shapely.prepare(outline)
    found = np.sort(layer.tree.query(outline, predicate="intersects")).tolist()
    meetings = [_Meeting(outline, layer, position) for position in found]
    # A difference of two areas leaves rounding where they only share a border: under 1 mm2.
    return [one for one in meetings if one.inside_m2 > 1e-6 * min(1.0, one.authority_m2)]


def classify(whole: int, partly: int) -> Verdict:
    """Name the verdict for how many authorities are in whole and how many in part."""
    if whole:
        if partly:
            return "mixed"
        return "same" if whole == 1 else "union-of"
    if partly:
        return "part-of" if partly == 1 else "straddles"
    return "outside"


def _judge_at(
    area: float,
    meetings: list[_Meeting],
    beyond: BaseGeometry,
    effective_m: float,
) -> tuple[Verdict, list[bool], list[bool], float]:
    """Apply METHODS.md 1.3 at one tolerance: verdict, whole and touched flags, widest leftover."""
    h = threshold_for(effective_m)
    whole_flags, touched_flags, widest = [], [], pieces_width_m(beyond)
    for meeting in meetings:
        district_m2 = meeting.authority_m2
        whole = meeting.left_m2 <= h * district_m2
        # All but a sliver of an authority is no sliver: its own core need not be measured.
        touched = whole or (
            meeting.inside_m2 > h * min(area, district_m2)
            and core_exceeds(meeting.inside, h * min(area, district_m2), effective_m)
        )
        if touched and not whole:
            whole = not core_exceeds(meeting.left, h * district_m2, effective_m)
        if whole:
            widest = max(widest, pieces_width_m(meeting.left))
        elif not touched:
            widest = max(widest, pieces_width_m(meeting.inside))
        touched_flags.append(touched)
        whole_flags.append(whole)
    whole_count = sum(whole_flags)
    verdict = classify(whole_count, sum(touched_flags) - whole_count)
    return verdict, whole_flags, touched_flags, widest


def judge_outline(
    outline: BaseGeometry,
    authorities: Any,
    *,
    tolerance_m: float = 25.0,
    layer_tolerance_m: float = 20.0,
) -> OutlineVerdict:
    """Say what an outline is to the authorities: the verdict of METHODS.md 1.3, with its evidence.

    Parameters
    ----------
    outline : valid polygon or multipolygon, British National Grid, metres.
    authorities : AuthorityLayer, or a GeoDataFrame of `code`, `name` and valid BNG polygons that do
        not overlap but by generalisation (one tier of one release).
    tolerance_m : how far the outline's edge may lie from the truth.
    layer_tolerance_m : how far the authorities' may (20 for BGC). Errors of two drawings of one
        border add, so leftovers are judged at the sum of both.

    Returns
    -------
    OutlineVerdict. `outside` where no authority is touched; `cannot-tell` in its place where the
    outline lies in some but is thinner than the tolerance. `cannot-tell` in place of `same` or
    `union-of` where a loss of 1 % could hide: an authority in it so small that 1 % of its area is
    below (2t)^2, t above 200 m, or t above 75 m and the plain area over 0.5 % off. `cannot-tell` too
    for an outline drawn so coarsely that no authority is clearly split (over 5 % of
    it both in and out). Raises ValueError for an empty outline or a negative tolerance.
    """
    if outline.is_empty or not outline.area > 0:
        raise ValueError("the outline has no area")
    if not (tolerance_m >= 0 and layer_tolerance_m >= 0):
        raise ValueError("a tolerance is negative, or no number")
    layer = (
        authorities
        if isinstance(authorities, AuthorityLayer)
        else AuthorityLayer.from_frame(authorities)
    )
    effective_m = tolerance_m + layer_tolerance_m
    area = float(shapely.area(outline))
    meetings = _meetings(outline, layer)
    beyond = _ground_beyond(outline, meetings, area)
    verdict, wholes, toucheds, widest = _judge_at(area, meetings, beyond, effective_m)
    inside = [meeting.inside_m2 for meeting in meetings]
    percent = shares_to_percent([*inside, max(area - sum(inside), 0.0)])
    rows = []
    for meeting, whole, touched, share in zip(meetings, wholes, toucheds, percent, strict=False):
        if share == 0 and not touched:
            continue
        rows.append(
            AuthorityShare(
                code=layer.codes[meeting.position],
                name=layer.names[meeting.position],
                share_of_authority=round(min(meeting.inside_m2 / meeting.authority_m2, 1.0), 6),
                share_of_partnership=round(share / 100, 4),
                core_share_of_authority=round(_core_share(meeting, whole, effective_m), 6),
                whole=whole,
                touched=touched,
            )
        )
    rows.sort(key=lambda row: (-row.share_of_partnership, row.code))
    answer = OutlineVerdict(
        verdict=verdict,
        authorities=tuple(rows),
        outside_share=round(percent[-1] / 100, 4),
        core_outside_share=round(core_area(beyond, effective_m) / area, 6),
        widest_leftover_m=round(widest, 1),
        area_m2=area,
        tolerance_m=tolerance_m,
        effective_tolerance_m=effective_m,
        threshold=threshold_for(effective_m),
        warnings=(),
    )
    answer = _doubt(answer, outline, layer, meetings)
    return replace(answer, warnings=(*answer.warnings, *_warnings(answer, layer)))


def _core_share(meeting: _Meeting, whole: bool, effective_m: float) -> float:
    """Give the share of an authority in the outline when slivers thinner than t are passed over."""
    if whole:
        return 1.0 - core_area(meeting.left, effective_m) / meeting.authority_m2
    return core_area(meeting.inside, effective_m) / meeting.authority_m2


def _ground_beyond(outline: BaseGeometry, meetings: list[_Meeting], area: float) -> BaseGeometry:
    """Give the ground of the outline that no authority covers (sea, another country, gaps)."""
    # Overlaps of neighbours can hide a gap of their size; 1 m2 in a million is no ground.
    if meetings and abs(area - sum(one.inside_m2 for one in meetings)) <= area * 1e-6:
        return MultiPolygon()
    # One difference from the union: taking authorities off one by one leaves thousands of slivers
    # after the first, and cutting those again took 29 s for Essex (measured 2026-11-23).
    return shapely.difference(outline, unite([one.authority for one in meetings]))


def _doubt(
    answer: OutlineVerdict,
    outline: BaseGeometry,
    layer: AuthorityLayer,
    meetings: list[_Meeting],
) -> OutlineVerdict:
    """Turn a verdict into `cannot-tell` where these outlines could not show a loss of 1 %."""
    t = answer.effective_tolerance_m
    if answer.verdict in ("same", "union-of"):
        return _doubt_whole(answer, layer)
    # Where no authority is mostly in, no generalisation makes one whole.
    largest = max((row.share_of_authority for row in answer.touched), default=0.0)
    if largest < MOSTLY:
        return _see_whether_thin(answer)
    distances = edge_distances(outline, layer.outlines[[one.position for one in meetings]])
    beside = distances[distances <= COARSEST_OUTLINE_M]
    coarse_share = float((beside > t).sum()) / len(distances)
    if coarse_share < COARSE_EDGE_SHARE:
        return answer
    own_m = 2 * float(np.quantile(beside, 0.95))
    if any(_clearly_partly(one, answer.area_m2, own_m) for one in meetings):
        return answer
    said = (
        f"{coarse_share:.0%} of the outline's edge runs more than {t:.0f} m from the authorities' "
        f"borders but beside them: it is drawn too coarsely (about {own_m:.0f} m) to tell"
    )
    return replace(answer, verdict="cannot-tell", warnings=(said,))


def _doubt_whole(answer: OutlineVerdict, layer: AuthorityLayer) -> OutlineVerdict:
    """Turn `same` or `union-of` into `cannot-tell` where the tolerance is too wide to see a loss of 1 %."""
    t = answer.effective_tolerance_m
    smallest = min(
        layer.area_m2[layer.codes.index(one.code)] for one in answer.authorities if one.whole
    )
    if LOSS_TO_SEE * smallest < (2 * t) ** 2 or t > COARSEST_TOLERANCE_M:
        said = f"a loss of 1 % could hide in a tolerance of {t:.0f} m"
        return replace(answer, verdict="cannot-tell", warnings=(said,))
    if t > FINEST_COARSE_M and abs(_area_difference(answer, layer)) > AREA_DIFFERENCE_TO_WARN:
        # Of 488 bites of 1 % the core missed 11 at 200 m; each of them stood out by plain area.
        return replace(answer, verdict="cannot-tell")
    return answer


def _see_whether_thin(answer: OutlineVerdict) -> OutlineVerdict:
    """Say `cannot-tell` of an outline that lies in authorities and yet touches none: it is thinner than t."""
    if answer.verdict != "outside" or answer.outside_share >= MOSTLY:
        return answer
    said = f"it is nowhere wider than the tolerance of {answer.effective_tolerance_m:.0f} m"
    return replace(answer, verdict="cannot-tell", warnings=(said,))


def _clearly_partly(meeting: _Meeting, area: float, own_m: float) -> bool:
    """Say whether an authority is split even for a coarse outline: over 5 % both in and out.

    5 % is what METHODS.md 1.2 found to part false overlaps from true ones.
    """
    least = CLEAR_SHARE * min(area, meeting.authority_m2)
    if meeting.inside_m2 <= least or meeting.left_m2 <= CLEAR_SHARE * meeting.authority_m2:
        return False
    return core_exceeds(meeting.inside, least, own_m) and core_exceeds(
        meeting.left, CLEAR_SHARE * meeting.authority_m2, own_m
    )


def _area_difference(answer: OutlineVerdict, layer: AuthorityLayer) -> float:
    """Give how much larger (below 0: smaller) an outline is than its whole authorities together; 0 without one."""
    whole_m2 = sum(
        float(layer.area_m2[layer.codes.index(one.code)]) for one in answer.authorities if one.whole
    )
    return answer.area_m2 / whole_m2 - 1 if whole_m2 else 0.0


def _warnings(answer: OutlineVerdict, layer: AuthorityLayer) -> list[str]:
    said = []
    if answer.verdict in ("same", "union-of", "cannot-tell"):
        difference = _area_difference(answer, layer)
        if abs(difference) > AREA_DIFFERENCE_TO_WARN:
            word = "larger" if difference > 0 else "smaller"
            said.append(
                f"the outline's area is {abs(difference):.2%} {word} than its authorities' together"
            )
    if answer.verdict != "outside" and answer.core_outside_share > AREA_DIFFERENCE_TO_WARN:
        said.append(
            f"{answer.core_outside_share:.2%} of the outline lies in no authority "
            "(the sea, or another country)"
        )
    return said
