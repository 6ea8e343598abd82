"""The addresses of one place's pages and downloads: the place, the rule and the money asked for are the address."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from app.findings.gather import WORST, Asked
from app.partnerships.queries import Ground
from app.resources.saved_neighbourhoods import SAVED


@dataclass(frozen=True)
class Links:
    """Where the pages and files of one place stand; `query` carries what was asked.

    ledger_query : what the ledger's own download can be asked for; None where the rule is not the
        one that it takes, so that no page links figures other than its own.
    """

    base: str
    query: str
    area_query: str
    codes: tuple[str, ...]
    slug: str | None
    ledger_query: str | None
    saved: bool = False

    def to(self, ending: str = "") -> str:
        """Give the address of a page or file of this place, as `/view/map.html?...`."""
        return f"{self.base}{ending}?{self.query}"

    def embed(self, ending: str) -> str:
        """Give the address of this place's piece for frames; empty for a view of councils that nobody saved."""
        return f"/embed{self.to(ending)}" if self.slug is not None else ""

    def with_worst(self, percent: str) -> str:
        """Give the address of the same place by the share of the most deprived."""
        kept = [(k, v) for k, v in parse_qsl(self.query) if k not in ("worst", "rule")]
        return f"{self.base}?{urlencode([*kept, ('worst', percent)])}"

    def map_data(self, *, with_money: bool) -> str:
        """Give the address where Leaflet reads the shapes that the page's own picture shows."""
        shown = "" if with_money else "&money=no"
        return self.to("/map.topojson") + shown + ("&neighbourhoods=saved" if self.saved else "")

    def comparison(self, against: str) -> str:
        """Give the address of what the same rule keeps, adds and drops by another index, area by area."""
        left = ("perturb", "seed", "weights")
        asked = [(k, v) for k, v in parse_qsl(self.area_query) if k not in left]
        return f"/api/v1/compare-designations.csv?{urlencode([*asked, ('against', against)])}"

    def money(self, file: str = "") -> str:
        """Give the address of the money by the rule asked for: its figures, or a file (`.csv`, `-by-programme.csv`)."""
        return self._api(f"money{file}")

    @property
    def sources(self) -> str:
        """The address of everything that the figures rest on, by the rule asked for."""
        return self._api("sources.csv")

    def _api(self, file: str) -> str:
        place = "view" if self.slug is None else f"partnerships/{quote(self.slug)}"
        saved = f"&neighbourhoods={SAVED}" if self.saved else ""
        return f"/api/v1/{place}/{file}?{self.query}{saved}"

    @property
    def money_lines(self) -> str:
        """The address of every line of money: of the ledger where it takes the rule asked for."""
        if self.slug is None or self.ledger_query is None:
            return self.money(".csv")
        return f"/api/v1/partnerships/{quote(self.slug)}/ledger.csv?{self.ledger_query}"

    @property
    def downloads(self) -> list[tuple[str, str, str]]:
        """List what can be taken away: words, address, what it is good for."""
        files = [
            (
                "Paper for a board (PDF, A4)",
                self.to("/report.pdf"),
                "two pages: verdict, list, money, map, sources",
            ),
            (
                "The same paper (Word)",
                self.to("/report.docx"),
                "real tables and the map, to paste from",
            ),
            *(
                (f"Map as a picture ({ending.upper()})", self.to(f"/map.{ending}"), use)
                for ending, use in (("png", "to paste"), ("svg", "lines that stay sharp"))
            ),
            (
                "Map as one file (HTML)",
                self.to("/map.html"),
                "opens without a network; every figure in its tables",
            ),
        ]
        if self.slug is not None:
            api = f"/api/v1/partnerships/{quote(self.slug)}"
            package, shapes = f"{api}.gpkg?{self.query}", f"{api}.geojson?{self.query}"
            table = f"{api}/areas.csv?{self.query}"
            profile = [
                (
                    "Profile (XLSX)",
                    f"{api}/profile.xlsx",
                    "by theme, every figure beside its receipt",
                )
            ]
        else:
            package, shapes = f"/view.gpkg?{self.query}", f"/view.geojson?{self.query}"
            table, profile = f"/api/v1/designate.csv?{self.area_query}", []
        return [
            *files,
            ("GeoPackage", package, "layers in British National Grid, codes as text, for QGIS"),
            ("GeoJSON", shapes, "the partnership and its councils, for web maps"),
            ("Small areas (CSV)", table, "each area, its rank, its people, its outcome"),
            (
                "Small areas (XLSX)",
                f"/api/v1/designate.xlsx?{self.area_query}",
                "the same as a workbook, with neighbourhoods",
            ),
            (
                "Small areas (GeoJSON)",
                f"/api/v1/designate.geojson?{self.area_query}",
                "the same with outlines",
            ),
            *profile,
            ("Money, line by line (CSV)", self.money_lines, "each line, its bucket, why"),
        ]


def links_of(ground: Ground, asked: Asked) -> Links:
    """Write the addresses of a place as it was asked for."""
    rule = rule_parameters(asked)
    money = [("year", asked.year)] if asked.year else []
    money += [("stage", asked.stage)] if asked.stage != "awarded" else []
    if ground.slug is not None:
        base, councils = f"/partnerships/{quote(ground.slug)}", []
        place: list[tuple[str, Any]] = [("partnership", ground.slug)]
    else:
        base, councils = "/view", [("councils", code) for code in ground.codes]
        place = [("areas", ",".join(ground.codes))]
    index = [("index", asked.index_id)]
    saved = [("neighbourhoods", SAVED)] if asked.neighbourhoods == SAVED else []
    return Links(
        base=base, query=urlencode([*councils, *index, *rule, *money]),
        area_query=urlencode([*place, *index, *designate_parameters(asked)]), codes=ground.codes, slug=ground.slug,
        ledger_query=urlencode([*index, *money, *saved]) if saved or _is_usual(asked) else None,
        saved=bool(saved),
    )  # fmt: skip


def _is_usual(asked: Asked) -> bool:
    """Say whether the rule is the one that the ledger's own download takes."""
    return asked.worst == WORST and asked.measure == "imd" and not asked.weights


def designate_parameters(asked: Asked) -> list[tuple[str, str]]:
    """Write the rule, weights and seed as `/api/v1/designate` takes them."""
    method = [("weights", json.dumps(asked.weights))] if asked.weights else []
    method += [("seed", asked.seed)] if asked.seed is not None else [("perturb", "none")]
    if asked.worst is not None and asked.measure == "imd":
        return [("worst", str(asked.worst)), *method]
    return [("rule", json.dumps(asked.rule, separators=(",", ":"), ensure_ascii=False)), *method]


def rule_parameters(asked: Asked) -> list[tuple[str, str]]:
    """Write the rule as an address carries it: the short form, or the rule language's JSON."""
    method = [("measure", asked.measure)] if asked.measure != "imd" else []
    method += [(f"w_{domain}", f"{weight:g}") for domain, weight in (asked.weights or {}).items()]
    method += [("seed", asked.seed)] if asked.seed is not None else []
    if asked.worst is not None:
        return [("worst", str(asked.worst)), *method]
    return [("rule", json.dumps(asked.rule, separators=(",", ":"), ensure_ascii=False)), *method]


def view_address(codes: list[str]) -> str:
    """Give the address of some councils' worst-10 % page."""
    return "/view?" + urlencode([("councils", code) for code in codes])
