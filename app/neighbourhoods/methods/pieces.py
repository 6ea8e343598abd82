"""Groups of touching areas while they are joined: sizes, borders and outlines' lengths; decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

# A shared border of at most this many metres is a corner or a sliver of generalised outlines.
TOUCHING_M = 1.0

Borders = dict[str, dict[str, float]]


@dataclass
class Piece:
    """One group: its areas, sizes summed, the mean score by size, and metres of border with other groups."""

    codes: list[str]
    size: float
    score: float
    perimeter_m: float
    m2: float
    borders: dict[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The lowest of its codes, by which it goes."""
        return self.codes[0]

    @property
    def compactness(self) -> float:
        """4 pi m2 / m squared: 1 is a circle."""
        return float(4 * np.pi * self.m2 / self.perimeter_m**2) if self.perimeter_m > 0 else 0.0


def borders_of(
    codes: Collection[str], pairs: pd.DataFrame, bridges: Iterable[tuple[str, str]] = ()
) -> Borders:
    """Give for each area the metres of border with each other one of them that it touches, in order of code.

    pairs : columns a, b, border_m, each pair once. bridges : pairs that count as touching, by a metre.
    """
    known = set(codes)
    borders: Borders = {code: {} for code in sorted(known)}
    touching: list[tuple[str, str, float]] = sorted(
        (min(a, b), max(a, b), float(border_m))
        for a, b, border_m in zip(pairs["a"], pairs["b"], pairs["border_m"], strict=True)
        if a != b and border_m > TOUCHING_M and a in known and b in known
    )
    for a, b, border_m in touching:
        borders[a][b] = borders[b][a] = border_m
    for a, b in sorted(bridges):
        if a in known and b in known:
            borders[a].setdefault(b, TOUCHING_M)
            borders[b].setdefault(a, TOUCHING_M)
    return borders


class Pieces:
    """All groups of some areas; at first each area is one."""

    def __init__(self, areas: pd.DataFrame, borders: Borders) -> None:
        """areas : index code; columns size, score, perimeter_m, area_m2 (missing sizes and scores allowed)."""
        self.borders = borders
        columns = areas.sort_index()
        sizes = columns["size"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        scores = columns["score"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        codes = [str(code) for code in columns.index]
        self._of_area = {
            code: Piece([code], float(size), float(score), float(perimeter_m), float(m2))
            for code, size, score, perimeter_m, m2 in zip(
                codes, sizes, scores, columns["perimeter_m"], columns["area_m2"], strict=True
            )
        }
        self.size_of: dict[str, float] = dict(zip(codes, map(float, sizes), strict=True))
        self.groups: dict[str, Piece] = {}
        self.home: dict[str, str] = {}
        for code in codes:
            one = self._of_area[code]
            self._add(Piece([code], one.size, one.score, one.perimeter_m, one.m2))

    def _add(self, piece: Piece) -> None:
        self.groups[piece.name] = piece
        for code in piece.codes:
            self.home[code] = piece.name

    def link(self) -> None:
        """Count the borders between groups anew from those of areas."""
        for piece in self.groups.values():
            piece.borders = {}
        for name, piece in self.groups.items():
            self._link_one(name, piece)

    def _link_one(self, name: str, piece: Piece) -> None:
        for code in piece.codes:
            for other, border_m in self.borders.get(code, {}).items():
                home = self.home.get(other)
                if home is not None and home != name:
                    piece.borders[home] = piece.borders.get(home, 0.0) + border_m

    def join(self, a: str, b: str) -> str:
        """Make one of two groups; gives its name, the lower of the two."""
        kept, gone = sorted((a, b))
        one, other = self.groups[kept], self.groups.pop(gone)
        shared = one.borders.pop(gone, 0.0)
        other.borders.pop(kept, None)
        one.score = _mean((one.score, one.size), (other.score, other.size))
        one.codes = sorted(one.codes + other.codes)
        one.size += other.size
        one.m2 += other.m2
        one.perimeter_m += other.perimeter_m - 2 * shared
        for code in other.codes:
            self.home[code] = kept
        for name, border_m in other.borders.items():
            beside = self.groups[name]
            beside.borders.pop(gone, None)
            one.borders[name] = one.borders.get(name, 0.0) + border_m
            beside.borders[kept] = one.borders[name]
        return kept

    def area(self, code: str) -> Piece:
        """Give one area as a group of its own."""
        return self._of_area[code]

    def move(self, code: str, to: str) -> None:
        """Move one area to another group; its own must not be left empty."""
        names = (self.home[code], to)
        parts = [
            [other for other in self.groups[names[0]].codes if other != code],
            [*self.groups[to].codes, code],
        ]
        for name in names:
            del self.groups[name]
        for codes in parts:
            self._add(self._sum(sorted(codes)))

    def replace(self, names: Iterable[str], parts: Iterable[Collection[str]]) -> list[str]:
        """Put other groups of the same areas in the place of some; gives their names, in order."""
        for name in names:
            del self.groups[name]
        made = []
        for codes in parts:
            piece = self._sum(sorted(codes))
            self._add(piece)
            made.append(piece.name)
        self.link()
        return sorted(made)

    def _sum(self, codes: list[str]) -> Piece:
        own, members = set(codes), [self._of_area[code] for code in codes]
        inside = sum(
            border_m
            for code in codes
            for other, border_m in self.borders.get(code, {}).items()
            if other in own
        )
        score = np.nan
        size = 0.0
        for one in members:
            score = _mean((score, size), (one.score, one.size))
            size += one.size
        # Each inner border was counted from both sides, as it is in the perimeters.
        perimeter_m = sum(one.perimeter_m for one in members) - inside
        return Piece(codes, size, score, perimeter_m, sum(one.m2 for one in members))

    def take_in(self, code: str, area: pd.Series, beside: Mapping[str, float]) -> None:
        """Add an area that was not there as a group of its own. area : size, score, perimeter_m, area_m2."""
        size, score = (
            float("nan") if pd.isna(area[column]) else float(area[column])
            for column in ("size", "score")
        )
        one = Piece([code], size, score, float(area["perimeter_m"]), float(area["area_m2"]))
        self._of_area[code] = one
        self.size_of[code] = size
        self.borders[code] = {other: m for other, m in beside.items() if other in self.home}
        for other, border_m in self.borders[code].items():
            self.borders[other][code] = border_m
        self._add(Piece([code], one.size, one.score, one.perimeter_m, one.m2))
        self.link()

    def ordered(self) -> list[Piece]:
        """Give the groups in order of their first code."""
        return [self.groups[name] for name in sorted(self.groups)]


def _mean(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Give the mean of two scores by size; a score that is missing has no say."""
    known = [(score, max(size, 0.0)) for score, size in (one, other) if not np.isnan(score)]
    if not known:
        return float("nan")
    weight = sum(size for _, size in known)
    if not weight > 0:
        return known[0][0]
    return sum(score * size for score, size in known) / weight
