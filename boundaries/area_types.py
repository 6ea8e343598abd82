"""Which kinds of area there are, one row each; a new kind is one more row here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AreaType:
    """One kind of area: its short name, words for people, GSS entity prefixes and usual parents.

    covers_land: its areas together cover the land, so that a hole between them is a gap; unitaries
    lie in no county, and most ground in no built-up area.
    """

    id: str
    name: str
    plural: str
    prefixes: tuple[str, ...]
    parents: tuple[str, ...] = ()
    demo_prefixes: tuple[str, ...] = ()
    covers_land: bool = True


AREA_TYPES: dict[str, AreaType] = {
    row.id: row
    for row in (
        AreaType("rgn", "region", "regions", ("E12",), (), demo_prefixes=("X12",)),
        AreaType(
            "cauth",
            "combined authority",
            "combined authorities",
            ("E47",),
            ("rgn",),
            covers_land=False,
        ),
        AreaType(
            "cty",
            "county",
            "counties",
            ("E10",),
            ("rgn",),
            demo_prefixes=("X10",),
            covers_land=False,
        ),
        AreaType(
            "lad",
            "district",
            "districts",
            ("E06", "E07", "E08", "E09"),
            ("cty", "cauth", "rgn"),
            demo_prefixes=("X06", "X07"),
        ),
        AreaType("par", "parish", "parishes", ("E04",), ("lad",), demo_prefixes=("X04",)),
        AreaType(
            "ncp", "unparished area", "unparished areas", ("E43",), ("lad",), demo_prefixes=("X43",)
        ),
        AreaType("wd", "ward", "wards", ("E05",), ("lad",), demo_prefixes=("X05",)),
        AreaType(
            "msoa",
            "middle-layer area (MSOA)",
            "middle-layer areas (MSOAs)",
            ("E02",),
            ("lad",),
            ("X02",),
        ),
        AreaType(
            "lsoa",
            "small area (LSOA)",
            "small areas (LSOAs)",
            ("E01",),
            ("wd", "msoa", "lad"),
            ("X01",),
        ),
        AreaType("oa", "output area", "output areas", ("E00",), ("lsoa",), ("X00",)),
        AreaType(
            "utla",
            "upper-tier authority",
            "upper-tier authorities",
            (),  # stored once, under `cty` or `lad`
        ),
        # One kind of code through two names: groups until June 2022, sub-ICB locations since.
        AreaType(
            "ccg",
            "clinical commissioning group or sub-ICB location",
            "clinical commissioning groups and sub-ICB locations",
            ("E38",),
        ),
        AreaType("icb", "integrated care board", "integrated care boards", ("E54",)),
        AreaType("nhser", "NHS England region", "NHS England regions", ("E40",)),
        AreaType("isdn", "stroke delivery network", "stroke delivery networks", ()),
        AreaType("pfa", "police force area", "police force areas", ("E23",)),
        AreaType("fra", "fire and rescue authority", "fire and rescue authorities", ("E31",)),
        AreaType("csp", "community safety partnership", "community safety partnerships", ("E22",)),
        AreaType("lep", "local enterprise partnership", "local enterprise partnerships", ("E37",)),
        AreaType("ttwa", "travel to work area", "travel to work areas", ("E30", "K01")),
        AreaType(
            "bua",
            "built-up area",
            "built-up areas",
            ("E34", "E35", "E63", "K05", "K06", "K08"),
            covers_land=False,
        ),
        AreaType("loc", "locality", "localities", ()),
        AreaType("ruc", "rural-urban class", "rural-urban classes", ()),
    )
}

WIDER_PREFIXES = {
    "E92": "country",
    "K02": "country",
    "K03": "country",
    "K04": "country",
    "W92": "country",
    "S92": "country",
    "N92": "country",
}


def area_type_of(code: str) -> str | None:
    """Name the area type of a code: by its first three characters, or of a slug by what stands before its hyphen.

    None when no row claims them.
    """
    kind, is_slug, _ = code.partition("-")
    if is_slug:
        return kind if kind in AREA_TYPES else None
    prefix = code[:3].upper()
    for row in AREA_TYPES.values():
        if prefix in row.prefixes or prefix in row.demo_prefixes:
            return row.id
    return None
