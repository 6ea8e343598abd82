"""Regroups councils, whole or in parts, into unitaries, so that every person and square metre is in exactly one.

What is not moved by a part stays with its council; what no unitary takes stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boundaries.methods.apportion import apportion
from boundaries.methods.code_verdict import LowerAuthority

# Shares of a council's people are taken to this many parts of one, then shared out in whole people.
FINENESS = 1_000_000


@dataclass(frozen=True)
class Part:
    """A ward, parish or small area that goes another way than the rest of its council.

    share_of_people: of the council's people, 0 to 1; None where that is not known.
    """

    code: str
    name: str
    type: str
    council: str
    area_m2: float
    share_of_people: float | None


@dataclass(frozen=True)
class Piece:
    """Ground that goes one way: a whole council, a part of one, or what is left of one.

    code : the council's where it is whole or left over, else the part's. unitary : the name of the one
    that takes it, or None where no unitary does. people : None where not known.
    """

    code: str
    name: str
    council: str
    unitary: str | None
    area_m2: float
    people: int | None


def cut_into_pieces(
    councils: Sequence[LowerAuthority],
    goes_to: Mapping[str, str],
    parts: Sequence[Part],
    part_goes_to: Mapping[str, str],
) -> list[Piece]:
    """Cut councils into the pieces that go one way each.

    Parameters
    ----------
    councils : those that any unitary takes, whole or in part, each once.
    goes_to : council → unitary, for those that one takes.
    parts : parts that lie in one of the councils and do not overlap. part_goes_to : part → unitary.

    Returns
    -------
    The pieces, in order of council, parts first. Of each council the people of its pieces sum to its
    own exactly (largest remainder over the parts' shares, ties to the earlier part) and so does the
    area; a council with a part whose people are not known has none known but in all. Raises ValueError
    where the parts of a council hold more than the council.
    """
    pieces: list[Piece] = []
    for council in sorted(councils, key=lambda row: row.code):
        own = [part for part in parts if part.council == council.code]
        people = _share_out(council, own)
        rest_m2 = council.area_m2 - sum(part.area_m2 for part in own)
        if rest_m2 < -1e-6 * council.area_m2:
            raise ValueError(f"the parts of {council.code} are larger than it")
        pieces += [
            Piece(p.code, p.name, council.code, part_goes_to[p.code], p.area_m2, count)
            for p, count in zip(own, people, strict=False)
        ]
        name = f"the rest of {council.name}" if own else council.name
        pieces.append(
            Piece(council.code, name, council.code, goes_to.get(council.code), max(rest_m2, 0.0), people[-1])
        )  # fmt: skip
    return pieces


def _share_out(council: LowerAuthority, parts: Sequence[Part]) -> list[int | None]:
    """Give the people of each part and of the rest, last."""
    if not parts:
        return [council.people]
    shares = [part.share_of_people for part in parts]
    if council.people is None or any(share is None for share in shares):
        return [None] * (len(parts) + 1)
    weights = [round(FINENESS * share) for share in shares if share is not None]
    rest = FINENESS - sum(weights)
    if rest < -len(weights):
        raise ValueError(f"the parts of {council.code} hold more people than it")
    shared = apportion(council.people, [*weights, max(rest, 0)])
    return list(shared) if shared is not None else [None] * (len(parts) + 1)


def tier_after(
    pieces: Sequence[Piece], unitaries: Mapping[str, str], others: Sequence[LowerAuthority]
) -> list[LowerAuthority]:
    """Write the tier as it would be: each piece under its unitary, every other authority under itself.

    unitaries : name → a code that stands for it. A piece that no unitary takes stands under its
    council. `others` are the authorities that nothing touches.
    """
    names = {row.council: row.name for row in pieces if row.code == row.council}
    rows = [
        LowerAuthority(
            piece.code, piece.name,
            piece.council if piece.unitary is None else unitaries[piece.unitary],
            names[piece.council] if piece.unitary is None else piece.unitary,
            piece.area_m2, piece.people,
        )
        for piece in pieces
        if piece.area_m2 > 0
    ]  # fmt: skip
    return rows + [
        LowerAuthority(row.code, row.name, row.code, row.name, row.area_m2, row.people)
        for row in others
    ]
