"""Lay out the counties of the invented nation: where each lies, its towns, districts and names.

Counties are equal boxes, row by row, so that every border is a straight line both sides share.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from app.dev.sample_county import places
from app.dev.sample_county.places import Town
from app.dev.sample_county.plan import Plan

WIDTH_KM, HEIGHT_KM = 36.0, 33.0
ORIGIN_M = (150_000.0, 150_000.0)
# Wide enough round the box that no cell reaching into it is left out.
DRAWN_KM, TRIED_KM = 5.0, 10.0
# 11 columns of 36 km and 10 rows of 33 km fit British National Grid; letters leave 144 post areas.
MOST_COUNTIES = 144
TOWN_PEOPLE = (
    123_000, 80_000, 55_000, 34_000, 28_000, 24_000, 17_000, 12_000, 10_000, 9_000, 8_000, 7_000,
)  # fmt: skip
RURAL_PEOPLE = 100_000
REGION_NAMES = (
    "South Marches", "Central Downs", "Eastern Levels", "West Vale", "Heartlands", "Fen Shires",
    "North Dales", "High Moors", "North Coast",
)  # fmt: skip
TOWN_HEADS = (
    "Abber", "Aldra", "Bexen", "Brindle", "Calder", "Carding", "Cradden", "Dorring", "Drax",
    "Elver", "Ember", "Fallow", "Fennick", "Garra", "Gilder", "Hallam", "Harrow", "Hexel", "Ister",
    "Jessop", "Kelder", "Kirrin", "Lamber", "Lindle", "Maddern", "Marl", "Mellis", "Norring",
    "Oaken", "Osmer", "Pender", "Plover", "Quarle", "Radder", "Raven", "Ruddle", "Sallow", "Selver",
    "Sorrel", "Tarrow", "Tawn", "Thurle", "Ulver", "Vanner", "Wadder", "Waver", "Wether", "Winder",
    "Wrack", "Yarrow",
)  # fmt: skip
TOWN_TAILS = (
    "bridge", "bury", "by", "chester", "combe", "dale", "field", "ford", "gate", "ham", "haven",
    "hurst", "ley", "market", "minster", "mouth", "port", "pool", "regis", "sea", "shaw", "side",
    "stead", "stoke", "thorpe", "ton", "wick", "wold", "worth", "wells",
)  # fmt: skip
WARDS = tuple(dict.fromkeys(word for words in places.WARD_WORDS.values() for word in words))
# No other letter stands first; XB is the demo county's and XX a real one for special uses.
POST_LETTERS = "ADEFGHJLNPQRSTUWYZ"


def make_plans(seed: int, counties: int, postcodes_per_area: float) -> list[Plan]:
    """Draw the plans of `counties` counties; the same seed gives the same plans.

    Raises ValueError where they would not fit the grid or the postcodes.
    """
    if not 1 <= counties <= MOST_COUNTIES:
        raise ValueError(f"counties: 1 to {MOST_COUNTIES}, not {counties}")
    rng = np.random.default_rng([seed, 0])
    names = [f"{head}{tail}" for head in TOWN_HEADS for tail in TOWN_TAILS]
    drawn = [names[at] for at in rng.permutation(len(names))]
    # Names begin again, with a word before them, should the list ever run out.
    pool = [*drawn, *(f"New {name}" for name in drawn)]
    columns = columns_of(counties)
    rows = math.ceil(counties / columns)
    plans = []
    for number in range(counties):
        row, column = divmod(number, columns)
        region = 3 * (row * 3 // rows) + column * 3 // columns
        mine = pool[number * len(TOWN_PEOPLE) : (number + 1) * len(TOWN_PEOPLE)]
        plans.append(_plan(number, (column, row), region, mine, postcodes_per_area, rng))
    return plans


def columns_of(counties: int) -> int:
    """Say in how many columns so many counties stand, so that their land is about a square."""
    return math.ceil(math.sqrt(counties))


def box_m(plan: Plan) -> tuple[float, float, float, float]:
    """Give the county's land as west, south, east, north in metres."""
    west, south = plan.origin_m
    return west, south, west + 1000.0 * WIDTH_KM, south + 1000.0 * HEIGHT_KM


def _plan(
    number: int,
    place: tuple[int, int],
    region: int,
    names: list[str],
    postcodes_per_area: float,
    rng: np.random.Generator,
) -> Plan:
    first = 1000 * (number + 1)
    towns = _towns(names, rng)
    city = towns[0]
    unitary = f"X06{first + 1:06d}"
    districts, anchors = _districts(number, first, towns)
    merged: dict[str, str] = {}
    born: dict[str, str] = {}
    if number % 10 == 0:
        # In one county of ten, two districts became one in 2023.
        old = list(districts)[-2:]
        merged = dict.fromkeys(old, f"X07{first + 9:06d}")
        born = {f"X07{first + 9:06d}": " and ".join(districts[code] for code in old)}
    return Plan(
        origin_m=(
            ORIGIN_M[0] + 1000.0 * WIDTH_KM * place[0],
            ORIGIN_M[1] + 1000.0 * HEIGHT_KM * place[1],
        ),
        region=(f"X12{1000 + region:06d}", REGION_NAMES[region]),
        county=(f"X10{first + 1:06d}", f"{city.name}shire"),
        unitary=unitary,
        districts_2019={unitary: city.name} | districts,
        merged_in_2023=merged,
        born_in_2023=born,
        towns=towns,
        rural_people=RURAL_PEOPLE,
        rural_spacing_m=2_350.0,
        anchors=anchors,
        unitary_reach_km=4.3,
        coast_km=None,
        land_km=_box(0.0),
        limit_km=_box(DRAWN_KM),
        grid_km=(-TRIED_KM, -TRIED_KM, WIDTH_KM + TRIED_KM, HEIGHT_KM + TRIED_KM),
        hardship=_hardship(towns, rng),
        ward_words={
            town.name: tuple(WARDS[at] for at in rng.permutation(len(WARDS)))
            for town in towns
            if town.people > 30_000
        },
        first_code=first,
        post_area=f"X{POST_LETTERS[number // 8]}",
        first_post_district=1 + len(TOWN_PEOPLE) * (number % 8),
        people_per_postcode=1_720.0 / postcodes_per_area,
    )


def _box(beyond_km: float) -> tuple[tuple[float, float], ...]:
    west = south = -beyond_km
    east, north = WIDTH_KM + beyond_km, HEIGHT_KM + beyond_km
    return ((west, south), (east, south), (east, north), (west, north))


def _towns(names: list[str], rng: np.random.Generator) -> tuple[Town, ...]:
    """Stand one town in each of twelve fields, the city in one of the two in the middle."""
    across, up = 4, 3
    fields = [(column, row) for row in range(up) for column in range(across)]
    middle = [(1, 1), (2, 1)]
    order = [fields[at] for at in rng.permutation(len(fields))]
    home = next(field for field in order if field in middle)
    order.remove(home)
    size = (WIDTH_KM / across, HEIGHT_KM / up)
    towns = []
    for rank, (column, row) in enumerate([home, *order]):
        shift = rng.uniform(-0.22, 0.22, 2)
        towns.append(
            Town(
                names[rank],
                round(float((column + 0.5 + shift[0]) * size[0]), 2),
                round(float((row + 0.5 + shift[1]) * size[1]), 2),
                round(TOWN_PEOPLE[rank] * float(rng.uniform(0.85, 1.15))),
                rank < 3,
            )
        )
    return tuple(towns)


def _districts(
    number: int, first: int, towns: tuple[Town, ...]
) -> tuple[dict[str, str], tuple[tuple[str, float, float, float], ...]]:
    """Divide the towns but the city from west to east: one district, two, or three before 2023.

    Four counties of five have two beside the city, so that 110 counties have about 300 in all.
    """
    count = 3 if number % 10 == 0 else 1 if number % 5 == 4 else 2
    outside = sorted(towns[1:], key=lambda town: town.east_km)
    parts: list[NDArray[np.int64]] = np.array_split(np.arange(len(outside)), count)
    names: dict[str, str] = {}
    anchors = []
    for serial, part in enumerate(parts, start=1):
        mine = [outside[at] for at in part.tolist()]
        code = f"X07{first + serial:06d}"
        names[code] = max(mine, key=lambda town: town.people).name
        anchors += [(code, town.east_km, town.north_km, 1.0) for town in mine]
    return names, tuple(anchors)


def _hardship(
    towns: tuple[Town, ...], rng: np.random.Generator
) -> tuple[tuple[float, float, float, float], ...]:
    """Draw where need is high, mostly in the large towns, and where it is low."""
    spots = []
    for rank, town in enumerate(towns[:6]):
        strong = float(rng.normal(1.6 if rank < 3 else 0.7, 0.8))
        east, north = rng.normal(0.0, 0.8, 2)
        spots.append(
            (town.east_km + float(east), town.north_km + float(north), float(rng.uniform(0.7, 1.4)), strong)
        )  # fmt: skip
    for _ in range(3):
        east, north = rng.uniform(0, 1, 2) * (WIDTH_KM, HEIGHT_KM)
        spots.append((float(east), float(north), float(rng.uniform(1.0, 3.0)), -0.8))
    return tuple(spots)
