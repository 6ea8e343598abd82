"""The plan of the invented county: its towns, its coast, its districts and its names.

Coordinates are kilometres east and north of `ORIGIN_M`, a corner in the open North Sea, so that no
part of the county can ever lie upon a real district. Many names come from Anthony Trollope's
novels of Barsetshire (1855-1867, public domain); the rest are made up, and where one of them is
also a real village that is chance.
"""

from __future__ import annotations

from typing import NamedTuple

ORIGIN_M = (590_000.0, 360_000.0)

REGION = ("X12000001", "Wessex Vale")
COUNTY = ("X10000001", "Barsetshire")

BARCHESTER = "X06000001"
SILVERBRIDGE = "X07000001"
HOGGLESTOCK = "X07000002"
FRAMLEY = "X07000003"
COURCY = "X07000004"
OMNIUM = "X07000005"
ST_EWOLDS = "X07000006"
COURCY_AND_OMNIUM = "X07000007"

# The apostrophe, the ampersand and the accent are deliberate: a lawful name that must be escaped.
DISTRICTS_2019 = {
    BARCHESTER: "Barchester",
    SILVERBRIDGE: "Silverbridge",
    HOGGLESTOCK: "Hogglestock",
    FRAMLEY: "Framley",
    COURCY: "Courcy",
    OMNIUM: "Omnium",
    ST_EWOLDS: "St Ewold's & Crabtrée",
}
MERGED_IN_2023 = {COURCY: COURCY_AND_OMNIUM, OMNIUM: COURCY_AND_OMNIUM}
MERGED_NAME = "Courcy and Omnium"


class Town(NamedTuple):
    """A built-up place: kilometres east and north, people, kind of need (see `need.py`)."""

    name: str
    east_km: float
    north_km: float
    people: int
    unparished: bool


TOWNS = (
    Town("Barchester", 24.0, 21.0, 118_000, True),
    Town("Hogglestock", 41.2, 17.6, 72_000, True),
    Town("Silverbridge", 14.0, 33.5, 60_000, True),
    Town("St Ewold's", 49.6, 31.8, 27_000, False),
    Town("Framley", 33.0, 35.5, 25_000, False),
    Town("Courcy", 11.5, 9.5, 23_000, False),
    Town("Gatherum", 30.5, 8.0, 19_000, False),
    Town("Uffley", 46.5, 9.5, 9_000, False),
    Town("Plumstead", 21.5, 29.5, 8_000, False),
    Town("Greshamsbury", 25.0, 38.0, 8_000, False),
    Town("Crabtrée", 40.0, 28.5, 7_500, False),
    Town("Allington", 7.5, 25.5, 7_000, False),
    Town("Ullathorne", 20.5, 13.5, 6_500, False),
    Town("Guestwick", 6.5, 17.5, 6_000, False),
    Town("Scarrington", 44.0, 38.5, 5_500, False),
    Town("Puddingdale", 35.0, 22.5, 5_000, False),
)
RURAL_PEOPLE = 108_000

# A district is the ground nearest to one of its places, the distance divided by the last figure.
DISTRICT_ANCHORS: tuple[tuple[str, float, float, float], ...] = (
    (SILVERBRIDGE, 14.0, 33.5, 1.0),
    (SILVERBRIDGE, 7.5, 26.5, 0.9),
    (HOGGLESTOCK, 41.2, 17.6, 1.0),
    (HOGGLESTOCK, 47.0, 9.5, 1.0),
    (FRAMLEY, 33.0, 36.0, 1.0),
    (FRAMLEY, 24.0, 37.0, 0.9),
    (FRAMLEY, 23.0, 29.5, 0.8),
    (COURCY, 11.5, 9.5, 1.0),
    (COURCY, 7.0, 17.5, 0.8),
    (OMNIUM, 30.5, 8.0, 1.0),
    (OMNIUM, 21.5, 13.5, 0.8),
    (ST_EWOLDS, 49.6, 31.8, 1.0),
    (ST_EWOLDS, 40.0, 28.5, 0.8),
)
BARCHESTER_REACH_KM = 4.3
# Plan kilometres, reach in kilometres, strength: two towns carry most of the need.
HARDSHIP = (
    (41.2, 19.3, 1.3, 2.6),
    (42.6, 17.0, 0.9, 1.7),
    (25.4, 19.8, 1.2, 2.3),
    (23.0, 22.6, 0.7, 1.1),
    (14.6, 33.0, 0.8, 1.2),
    (50.9, 31.6, 0.9, 0.9),
    (21.5, 29.5, 3.0, -0.7),
    (22.0, 20.0, 1.1, -1.2),
    (39.6, 16.4, 1.0, -0.8),
)

# From the north cape down to the south, with the estuary of the Ile running up to Hogglestock.
COAST_KM = (
    (46.5, 56.0), (47.3, 46.0), (49.4, 41.5), (52.6, 38.2), (53.9, 33.4), (51.7, 29.2),
    (48.6, 27.3), (50.3, 25.6), (47.3, 24.9), (45.0, 22.9), (42.2, 22.4), (40.2, 21.2),
    (37.6, 20.9), (37.4, 20.6), (39.9, 20.3), (42.6, 20.7), (45.2, 21.2), (48.9, 21.5),
    (52.2, 18.2), (54.6, 13.6), (53.4, 9.0), (51.0, 5.2), (50.2, 0.5), (49.6, -11.0),
)  # fmt: skip
# The county's landward limit; to the east it runs out to sea and the coast is the limit.
LIMIT_KM = (
    (3.0, 14.0), (1.5, 24.0), (4.0, 33.0), (7.0, 40.0), (15.0, 42.5), (26.0, 41.0), (35.0, 43.5),
    (45.0, 42.3), (64.0, 44.0), (64.0, 3.0), (49.0, 3.4), (38.0, 1.5), (27.0, 3.5), (18.0, 2.0),
    (9.0, 4.0), (5.0, 9.0),
)  # fmt: skip

# Wards of the large towns, from north to south; as in life, "Park" and "Castle" come twice.
WARD_WORDS: dict[str, tuple[str, ...]] = {
    "Barchester": (
        "Northfields", "Racecourse", "Priory", "Jubilee", "Orchard", "Canon's Field", "Minster",
        "Close", "Westgate", "Eastgate", "Hiram's", "St Cuthbert's", "Castle", "Palace", "Wharf",
        "Stoke Pinquium", "Deanery", "Park", "Kilns", "Bishop's Meadow", "Abbey Mead", "Prebend",
        "Infirmary", "Barrack Road",
    ),
    "Hogglestock": (
        "Docks", "Quayside", "Estuary", "Lock", "Ropewalk", "Brickfields", "Hoggle End", "Castle",
        "Park", "Clay Pits", "St Jude's", "Furnace Hill", "Toll Bar", "Beacon", "Marshgate",
    ),
    "Silverbridge": (
        "Hillside", "Upper Town", "Grammar", "Cloth Hall", "Bridge", "Park", "Mill", "Weavers",
        "Dragon", "Foundry", "Station", "Tannery", "Riverside", "Fairfield",
    ),
}  # fmt: skip
COMPASS = ("Town", "North", "South", "East", "West", "Central", "Rural", "Fringe", "Park", "Green")

PARISH_NAMES = (
    "Eiderdown", "Crabtree Parva", "Crabtree Canonicorum", "Goosegorge", "Spoonbill",
    "Chaldicotes", "Boxall", "Matching", "Gatherum Parva", "Stogpingum", "Plumstead Episcopi",
    "Ullathorne St Ewold", "Cosby Lodge", "Pycroft", "Nockington", "Hiram's End", "Grantly Abbas",
    "Harding Magna", "Harding Parva", "Arabin", "Thorne Regis", "Thorne St Mary", "Bold's Cross",
    "Quiverful", "Slopecott", "Proudie Monachorum", "Lufton Green", "Robartsbury", "Sowerby Vale",
    "Dunstable Cross", "Crawley Bottom", "Lily Dale", "Hopsworth", "Boyce's Green", "Eamesford",
    "Cradell", "Roperstead", "Dumbello", "Hartletop", "Scatcherd's Row", "Mortimer Gate",
    "Walkerswick", "Moffat's Hill", "Oriel Wood", "Fothergill", "Palliser Heath", "Tudorcote",
)  # fmt: skip
NAME_HEADS = (
    "Brax", "Cawd", "Drinn", "Esk", "Fulm", "Gorse", "Hebb", "Ivel", "Jarrow", "Kemmer", "Lodder",
    "Mizz", "Nettle", "Orrel", "Pargit", "Quill", "Rissel", "Skell", "Tamp", "Umber", "Vexen",
    "Wimm", "Yold", "Zeal",
)  # fmt: skip
NAME_TAILS = ("cote", "stoke", "hythe", "well", "mere", "den", "worthy", "garth", "barrow", "leigh")
