"""Says what a list of authority codes is in both tiers of local government, and puts it in words.

It needs no geometry: areas and people of whole authorities decide, so it is exact; it refuses
codes that are not in the table it is given (METHODS.md 0.1: codes first).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from boundaries.errors import Fault, Invalid
from boundaries.methods.apportion import apportion
from boundaries.methods.verdict import OutlineVerdict, Verdict, classify

_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
# What the entity part of a GSS code says an authority is (invented ones begin with X).
NOUNS = {
    "06": ("unitary authority", "unitary authorities"),
    "07": ("district", "districts"),
    "08": ("metropolitan borough", "metropolitan boroughs"),
    "09": ("London borough", "London boroughs"),
    "10": ("county", "counties"),
}


@dataclass(frozen=True, slots=True)
class LowerAuthority:
    """One lower-tier authority of a day; `upper_code` is its county, or its own where it has none.

    `people` is None where no figure is known.
    """

    code: str
    name: str
    upper_code: str
    upper_name: str
    area_m2: float
    people: int | None = None


@dataclass(frozen=True, slots=True)
class TierShare:
    """One authority of a tier and the partnership's ground and people in it; fractions 0 to 1.

    People's shares are None where any authority needed for them has no figure.
    """

    code: str
    name: str
    tier: Literal["lower", "upper"]
    whole: bool
    share_of_authority: float
    share_of_partnership: float
    population_share_of_authority: float | None
    population_share_of_partnership: float | None


@dataclass(frozen=True, slots=True)
class TierVerdict:
    """The verdict for one tier with its authorities in order of code."""

    verdict: Verdict
    authorities: tuple[TierShare, ...]


@dataclass(frozen=True, slots=True)
class CodesVerdict:
    """Both tiers' verdicts for a list of codes, and the districts left out of counties partly in."""

    lower: TierVerdict
    upper: TierVerdict
    left_out: tuple[LowerAuthority, ...]


def _parts_of_one(weights: Sequence[float]) -> list[float]:
    """Give each weight's share of their sum as a multiple of 0.0001, adding to 1."""
    from boundaries.methods.apportion import shares_to_percent

    return [round(percent / 100, 4) for percent in shares_to_percent(weights)]


def _people(rows: Sequence[LowerAuthority]) -> int | None:
    """Add people up; None where one has no figure: missing is not zero."""
    known = [row.people for row in rows if row.people is not None]
    return sum(known) if len(known) == len(rows) else None


def _share(part: int | None, whole: int | None) -> float | None:
    return round(part / whole, 6) if part is not None and whole else None


def verdict_by_codes(codes: Collection[str], table: Sequence[LowerAuthority]) -> CodesVerdict:
    """Say what a partnership of whole authorities is, tier by tier.

    Parameters
    ----------
    codes : codes of lower-tier authorities, or of counties, which stand for all their districts.
    table : every lower-tier authority of the day, each code once; areas in square metres.

    Returns
    -------
    CodesVerdict. Lower tier: `same` or `union-of`, each share of authority 1. Upper tier: an
    authority is whole where all its districts are in; `same`, `union-of`, `part-of`, `straddles` or
    `mixed` as in METHODS.md 1.3. Shares of the partnership are multiples of 0.0001 that add to 1
    by largest remainder, for area and for people; people's shares are None where a figure is
    missing or nobody lives there. Raises Invalid, with a fault for each, for no code at all and
    for codes not in the table.
    """
    by_code = {row.code: row for row in table}
    by_upper: dict[str, list[LowerAuthority]] = {}
    for row in table:
        by_upper.setdefault(row.upper_code, []).append(row)
    unknown = sorted(code for code in set(codes) if code not in by_code and code not in by_upper)
    if unknown or not codes:
        faults = [
            Fault("no such authority on that day", pointer="/codes", value=code) for code in unknown
        ]
        raise Invalid(f"unknown authority: {', '.join(unknown)}" if unknown else "no code", faults)
    chosen = {
        row.code
        for code in codes
        for row in ([by_code[code]] if code in by_code else by_upper[code])
    }
    inside = sorted((by_code[code] for code in chosen), key=lambda row: row.code)
    uppers = sorted({row.upper_code for row in inside})
    lower = _tier([(row.code, row.name, [row], [row]) for row in inside], "lower", inside)
    groups = [
        (
            upper,
            by_upper[upper][0].upper_name,
            [row for row in by_upper[upper] if row.code in chosen],
            by_upper[upper],
        )
        for upper in uppers
    ]
    upper_tier = _tier(groups, "upper", inside)
    left_out = [row for upper in uppers for row in by_upper[upper] if row.code not in chosen]
    return CodesVerdict(lower, upper_tier, tuple(sorted(left_out, key=lambda row: row.code)))


def _tier(
    groups: Sequence[tuple[str, str, Sequence[LowerAuthority], Sequence[LowerAuthority]]],
    tier: Literal["lower", "upper"],
    inside: Sequence[LowerAuthority],
) -> TierVerdict:
    areas = [sum(row.area_m2 for row in within) for _, _, within, _ in groups]
    of_partnership = _parts_of_one(areas)
    people = [_people(within) for _, _, within, _ in groups]
    total = _people(inside)
    ten_thousandths = (
        apportion(10_000, [count or 0 for count in people]) if total is not None else None
    )
    rows = []
    for index, (code, name, within, every) in enumerate(groups):
        rows.append(
            TierShare(
                code=code,
                name=name,
                tier=tier,
                whole=len(within) == len(every),
                share_of_authority=round(areas[index] / sum(row.area_m2 for row in every), 6),
                share_of_partnership=of_partnership[index],
                population_share_of_authority=_share(people[index], _people(every)),
                population_share_of_partnership=(
                    ten_thousandths[index] / 10_000 if ten_thousandths else None
                ),
            )
        )
    whole = sum(row.whole for row in rows)
    return TierVerdict(classify(whole, len(rows) - whole), tuple(rows))


def join_words(words: Sequence[str]) -> str:
    """Join names as a sentence does: "A", "A and B", "A, B and C"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def count_of(codes: Sequence[str]) -> str:
    """Count authorities in words with the noun their codes give: "two districts"."""
    kinds = {NOUNS.get(code[1:3], ("authority", "authorities")) for code in codes}
    one, many = kinds.pop() if len(kinds) == 1 else ("authority", "authorities")
    size = len(codes)
    number = _NUMBERS[size] if size < len(_NUMBERS) else str(size)
    return f"{number} {one if size == 1 else many}"


def percent(share: float) -> str:
    """Show a fraction as per cent with two decimals."""
    return f"{100 * share:.2f}%"


def _of_upper(row: TierShare) -> str:
    area = f"{percent(row.share_of_authority)} of its area"
    if row.population_share_of_authority is None:
        return f"{row.name} ({area})"
    return f"{row.name} ({percent(row.population_share_of_authority)} of its people, {area})"


def say_verdict(name: str, verdict: CodesVerdict) -> str:
    """Put a verdict by codes into plain sentences for a person.

    "Hastings and Rother partnership is a union of two districts, Hastings and Rother. It is part of
    East Sussex (33.10 % of its people, 30.55 % of its area); Eastbourne, Lewes and Wealden are left
    out." `name` is the subject as it shall be read; it is not escaped here.
    """
    lower = verdict.lower.authorities
    names = join_words([row.name for row in lower])
    if verdict.lower.verdict == "same":
        first = f"{name} is the same as {names} ({count_of([lower[0].code])})."
    else:
        first = f"{name} is a union of {count_of([row.code for row in lower])}, {names}."
    if [row.code for row in verdict.upper.authorities] == [row.code for row in lower]:
        return first  # every one is its own upper tier: a second sentence would say the same
    whole = [row for row in verdict.upper.authorities if row.whole]
    partly = [row for row in verdict.upper.authorities if not row.whole]
    said = []
    if whole:
        all_of = join_words([row.name for row in whole])
        is_one = len(whole) == 1 and not partly
        said.append(f"is the same as {all_of}" if is_one else f"holds the whole of {all_of}")
    if partly:
        parts = join_words([_of_upper(row) for row in partly])
        said.append(f"is part of {parts}" if len(partly) == 1 else f"straddles {parts}")
    second = f"In the upper tier it {' and '.join(said)}" if whole else f"It {said[0]}"
    if verdict.left_out:
        left = join_words([row.name for row in verdict.left_out])
        second += f"; {left} {'is' if len(verdict.left_out) == 1 else 'are'} left out"
    return f"{first} {second}."


def say_outline_verdict(name: str, verdict: OutlineVerdict, noun: str = "authority") -> str:
    """Put an outline's verdict into one or two plain sentences, with the shares it rests on.

    `noun` says what the authorities are called where they are no districts ("county").
    """
    touched = verdict.touched
    whole = [row for row in touched if row.whole]
    partly = [row for row in touched if not row.whole]
    all_of = join_words([row.name for row in whole])
    parts = join_words(
        [
            f"{row.name} ({percent(row.share_of_authority)} of its area, "
            f"{percent(row.share_of_partnership)} of the outline)"
            for row in partly
        ]
    )
    sentences = {
        "same": f"{name} is the same as {all_of}",
        "union-of": f"{name} is a union of {count_of([r.code for r in whole])}, {all_of}",
        "part-of": f"{name} is part of {parts}",
        "straddles": f"{name} straddles {parts}",
        "mixed": f"{name} holds the whole of {all_of} and part of {parts}",
        "outside": f"{name} touches no English {noun}",
        "cannot-tell": (
            f"{name} cannot be told at this generalisation: it lies over "
            f"{join_words([row.name for row in touched or verdict.authorities])}"
        ),
    }
    within = f"within {verdict.tolerance_m:g} m" if verdict.verdict in ("same", "union-of") else ""
    first = f"{sentences[verdict.verdict]}{', ' + within if within else ''}."
    return " ".join([first, *(f"{note[0].upper()}{note[1:]}." for note in verdict.warnings)])
