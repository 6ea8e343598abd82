"""Wrong edits of what lies near: radius, services, overlap."""

from __future__ import annotations

from tests.mutant import Mutant

_RADIUS = "tests/app/resources/test_radius.py"
_REFERRAL = "tests/app/resources/test_open_referral.py"
_PROGRAMMES = "tests/app/resources/test_programme_overlaps.py"
_ESTATE = "tests/app/resources/test_estate.py"
_ACCESS = "tests/app/resources/test_access.py"

NEARNESS_MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a point on the circle is beyond",
        "app/resources/methods/radius.py",
        "within = distance_m[:, None] <= np.asarray",
        "within = distance_m[:, None] < np.asarray",
        _RADIUS,
    ),
    Mutant(
        "half of the people is not enough",
        "app/resources/methods/radius.py",
        "HALF = 0.5 - 1e-9",
        "HALF = 0.5 + 1e-9",
        _RADIUS,
    ),
    Mutant(
        "beyond is what is left of the file",
        "app/resources/methods/radius.py",
        "together = sum(",
        "row['beyond_pence'] += row['file_pence'] - sum(row[f'{n}_pence'] for n in STANDINGS"
        ".values())\n            row['beyond_lines'] = row['file_lines'] - sum(row[f'{n}_lines'] for n in ('located',"
        " 'estimated', 'not_placed'))\n            together = sum(",
        _RADIUS,
    ),
    Mutant(
        "a place whose people are not known is beyond",
        "app/resources/methods/radius.py",
        "standing = np.where(np.isnan(reach.share), NOT_PLACED, standing)",
        "standing = np.where(np.isnan(reach.share), BEYOND, standing)",
        _RADIUS,
    ),
    Mutant(
        "a place with a small area that is not loaded is told by the others",
        "app/resources/methods/radius.py",
        'lost = set(pieces.loc[area.isna(), "place"])',
        "lost: set[str] = set()",
        _RADIUS,
    ),
    Mutant(
        "an area that the circle cuts is within",
        "app/resources/radius.py",
        "share[place] = 1.0 if is_whole else 0.0 if is_apart else known",
        "share[place] = 1.0",
        _RADIUS,
    ),
    Mutant(
        "people with no service within reach are left out of those beyond",
        "app/resources/methods/access.py",
        "near = metres <= distance_m",
        "near = ~(metres > distance_m)",
        _ACCESS,
    ),
    Mutant(
        "people who are not known live beyond",
        "app/resources/methods/access.py",
        "beyond = float(people[known & ~near].sum())",
        "beyond = float(np.nan_to_num(people, nan=1.0)[~near].sum())",
        _ACCESS,
    ),
    Mutant(
        "a service is handed out to each of its people whole",
        "app/resources/methods/access.py",
        "ratio = np.divide(supply, demand,",
        "ratio = np.divide(supply, np.ones_like(demand),",
        _ACCESS,
    ),
    Mutant(
        "catchments end at the border of the place",
        "app/resources/access.py",
        "sorted({*near, *origins.codes})",
        "sorted(origins.codes)",
        _ACCESS,
    ),
    Mutant(
        "a source of one district tells of all",
        "app/resources/access.py",
        "return [district in held for district in origins.districts]",
        "return [True] * len(origins.codes)",
        _ACCESS,
    ),
    Mutant(
        "of services equally far the page's end loses one",
        "app/resources/beside_queries.py",
        "last + TIE_M",
        "last - 1.0",
        _ACCESS,
    ),
    Mutant(
        "located and estimated become one number",
        "app/resources/methods/ground_lines.py",
        'if row["certainty"] == certainty]]',
        "if row]]",
        _ESTATE,
    ),
    Mutant(
        "where no source tells, nobody has a service near",
        "app/resources/methods/estate_services.py",
        "if beyond.share is None or not kinds[kind]",
        "if beyond.share is None",
        _ESTATE,
    ),
    Mutant(
        "the same ground is 95 % of one programme alone",
        "app/resources/methods/programme_overlaps.py",
        "min(share_of_a, share_of_b) >= SAME_GROUND_SHARE",
        "max(share_of_a, share_of_b) >= SAME_GROUND_SHARE",
        _PROGRAMMES,
    ),
    Mutant(
        "a theme that is not stated is another theme",
        "app/resources/methods/programme_overlaps.py",
        "if one.theme is None or other.theme is None:\n        return None",
        "if one.theme is None or other.theme is None:\n        return False",
        _PROGRAMMES,
    ),
    Mutant(
        "a ward's programme holds the whole district",
        "app/resources/programme_overlaps.py",
        "return np.where(pd.Index(here).isin(held), share, 0.0)",
        "return share",
        _PROGRAMMES,
    ),
    Mutant(
        "a defunct service is kept",
        "app/resources/readers/open_referral.py",
        "if status not in OPEN:",
        "if False:",
        _REFERRAL,
    ),
    Mutant(
        "the person whom to write to is part of the address",
        "app/resources/readers/open_referral.py",
        'for key in ("address_1",',
        'for key in ("attention", "address_1",',
        _REFERRAL,
    ),
    Mutant(
        "a service of another file is stored again",
        "app/resources/referral.py",
        "kept = [each for each in read.services if each.key not in known]",
        "kept = read.services",
        _REFERRAL,
    ),
    Mutant(
        "money for an estate lies in every neighbourhood beside it",
        "app/resources/methods/ground_lines.py",
        'share = (estates or {}).get(line["footprint_id"], 0.0)',
        "share = 1.0",
        "tests/app/resources/test_ground_money.py",
    ),
)
