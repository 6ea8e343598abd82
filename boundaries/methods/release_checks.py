"""Judges a release before it is served: how many areas, whose codes, whether valid, how much ground; mends nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass

# England to mean high water is 130,433 km² in full resolution and 130,680 km² at 500 m (ONS layers,
# measured in the national grid), so a layer that covers it once lies within half a per cent.
ENGLAND_M2 = 130_460e6
COVERS_WITHIN = 0.005
LAST_WITHIN = 0.20


@dataclass(frozen=True)
class Check:
    """One check: what was seen, what was wanted, and whether an operator may overrule it."""

    check: str
    seen: str
    wanted: str
    passed: bool
    may_be_forced: bool = False

    def as_row(self) -> dict[str, object]:
        """Give it as plain values, as a release keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Measured:
    """What a release holds: areas, those of a strange code (some named), invalid ones, m² in all."""

    areas: int
    strange_codes: tuple[str, ...]
    invalid: int
    area_m2: float


@dataclass(frozen=True)
class Last:
    """The whole release of the same type nearest in date, to compare with."""

    id: str
    areas: int
    area_m2: float


def check_release(
    seen: Measured, last: Last | None, *, covers_england: bool, partial: bool
) -> list[Check]:
    """Check a release: no strange code, all valid, and for a whole one count and ground near the last's.

    Count and ground within ±20 % of the last release (SAFETY.md D1) may be overruled by an operator
    who knows better; ground of a layer that covers England once must be England's within 0.5 %, and
    may be overruled too. Codes and validity may not. A partial release has nothing to be compared
    with, nor has the first of its type: no check is made up for them.
    """
    some = ", ".join(seen.strange_codes[:5])
    checks = [
        Check(
            "codes", f"{len(seen.strange_codes)} strange" + (f" ({some})" if some else ""),
            "every code is one of the type's", not seen.strange_codes,
        ),
        Check("validity", f"{seen.invalid} invalid", "every outline is valid", seen.invalid == 0),
    ]  # fmt: skip
    if partial:
        return checks
    if last is not None:
        checks.append(
            _near("count", seen.areas, last.areas, f"{seen.areas:,} areas", f"{last.areas:,} of {last.id}")
        )  # fmt: skip
    if covers_england:
        off = abs(seen.area_m2 - ENGLAND_M2) / ENGLAND_M2
        checks.append(
            Check(
                "total area", f"{seen.area_m2 / 1e6:,.0f} km²",
                f"England's {ENGLAND_M2 / 1e6:,.0f} km² within {COVERS_WITHIN:.1%}",
                off <= COVERS_WITHIN, may_be_forced=True,
            )
        )  # fmt: skip
    elif last is not None:
        checks.append(
            _near(
                "total area", seen.area_m2, last.area_m2, f"{seen.area_m2 / 1e6:,.0f} km²",
                f"{last.area_m2 / 1e6:,.0f} km² of {last.id}",
            )
        )  # fmt: skip
    return checks


def _near(check: str, seen: float, last: float, words: str, wanted: str) -> Check:
    passed = abs(seen - last) <= LAST_WITHIN * last
    return Check(check, words, f"{wanted} within {LAST_WITHIN:.0%}", passed, may_be_forced=True)
