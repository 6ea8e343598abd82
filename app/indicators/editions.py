"""The editions of the Indices of Deprivation that can be read: what each ranks, and how its file lays it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

MEASURES: Mapping[str, str] = {
    "imd": "Index of Multiple Deprivation (IMD)",
    "income": "Income",
    "employment": "Employment",
    "education": "Education, Skills and Training",
    "health": "Health Deprivation and Disability",
    "crime": "Crime",
    "barriers": "Barriers to Housing and Services",
    "living": "Living Environment",
}
# Domains of the index of 2000 alone: barriers to housing and services were two of them then.
MEASURES_OF_2000: Mapping[str, str] = {"housing": "Housing", "access": "Access"}

# The sets whose areas the lookups put in councils: an index on another set (LSOA 2001, wards of 1998)
# is held and can be read, but no place's ground can be found in it. Most codes of 2001 are also codes
# of 2011, so that without this a part of a place would pass for the whole.
PLACE_SETS = ("lsoa-2011", "lsoa-2021")

KINDS = ("score", "rank", "decile")
SMALL_AREA_CODE = r"[EX]01\d{6}"
# Wards of 1998: county and district, then ward (09UCFA); in London and the metropolitan counties the
# file leaves the county out (AAZZ).
WARD_1998_CODE = r"(?:\d{2}[A-Z]{4}|[A-Z]{4})"


@dataclass(frozen=True)
class Edition:
    """One edition of the Indices, its areas and the layout of its file; areas_total is its N.

    columns : for a layout of its own, the headings (lower case) of each measure's score, rank and
        decile; empty for the publisher's File 7 headings and those of 2015, which are found.
    averaged : measures whose tied areas stand in the file with the average of their ranks; they are
        given the lowest, as every other measure and edition has it.
    deciles_published : False where somebody else added the deciles, so that one that is not
        ceil(10 rank / N) says nothing against its row.
    districts_on : a day of the districts that its summaries speak of, where that of publication is not one.
    name_heading, code_prefix : for areas that only this file lists: their names, and what makes
        slugs of their codes.
    """

    id: str
    title: str
    area_set: str
    areas_total: int
    published_on: date
    code_heading: str
    publisher: str
    file: str = ""
    licence: str = "Open Government Licence v3.0"
    attribution: str = (
        "Contains public sector information licensed under the Open Government Licence v3.0."
    )
    columns: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    averaged: tuple[str, ...] = ()
    deciles_published: bool = True
    code_form: str = SMALL_AREA_CODE
    name_heading: str | None = None
    code_prefix: str = ""
    districts_on: date | None = None

    @property
    def district_day(self) -> date:
        """A day on which the districts of its summaries lived: that of publication unless said otherwise."""
        return self.districts_on or self.published_on


def _columns(pattern: str, **stems: str) -> dict[str, tuple[str, str, str]]:
    """Write the three headings of each measure by one pattern of `{stem}` and `{kind}`."""
    return {
        measure: (
            pattern.format(stem=stem, kind="score"),
            pattern.format(stem=stem, kind="rank"),
            pattern.format(stem=stem, kind="decile"),
        )
        for measure, stem in stems.items()
    }


_ODPM = "Office of the Deputy Prime Minister"
_CLG = "Department for Communities and Local Government"
_MHCLG = "Ministry of Housing, Communities & Local Government"
_DETR = "Department of the Environment, Transport and the Regions"

# The three domains that the files of 2004 and 2007 hold; the others were not found.
_DOMAINS_OF_2004 = {
    "imd": ("imd_score", "imd_rank", "imd_decile"),
    **_columns(
        "{stem}_domain_{kind}",
        education="education_skills_and_training",
        barriers="barriers_to_housing_and_services",
        living="living_environment",
    ),
}
_DOMAINS_OF_2010 = _columns(
    "{stem}_{kind}", imd="imd", income="income", employment="employment", education="education",
    health="health", crime="crime", barriers="housing_and_access", living="environment",
)  # fmt: skip
_DOMAINS_OF_2000 = {
    "imd": (
        "index of multiple deprivation score", "rank of index of multiple deprivation", "imd_decile",
    ),
    **{
        domain: (f"{domain} domain score", f"rank of {domain} domain", f"{domain}_decile")
        for domain in ("income", "employment", "education", "health", "housing", "access")
    },
}  # fmt: skip

EDITIONS: Mapping[str, Edition] = {
    edition.id: edition
    for edition in (
        Edition(
            "imd-2000", "Indices of Deprivation 2000", "wd-1998", 8_414, date(2000, 8, 17),
            "ward", _DETR, "indicators/id2000_ward98.csv.gz", columns=_DOMAINS_OF_2000,
            deciles_published=False, code_form=WARD_1998_CODE, name_heading="ward name",
            code_prefix="wd-",
        ),
        Edition(
            "imd-2004", "English Indices of Deprivation 2004", "lsoa-2001", 32_482,
            date(2004, 4, 28), "lsoa01_code", _ODPM, "indicators/iod2004_lsoa01.parquet",
            columns=_DOMAINS_OF_2004, averaged=("education", "barriers", "living"),
            deciles_published=False,
        ),
        Edition(
            "imd-2007", "English Indices of Deprivation 2007", "lsoa-2001", 32_482,
            date(2007, 12, 6), "lsoa01_code", _CLG, "indicators/iod2007_lsoa01.parquet",
            columns=_DOMAINS_OF_2004, averaged=("education", "barriers", "living"),
            deciles_published=False,
        ),
        Edition(
            "imd-2010", "English Indices of Deprivation 2010", "lsoa-2001", 32_482,
            date(2011, 3, 24), "lsoa01_code", _CLG, "indicators/iod2010_lsoa01.parquet",
            columns=_DOMAINS_OF_2010, deciles_published=False,
            # The lookup of its areas knows the districts before the reorganisation of 2009 alone.
            districts_on=date(2009, 3, 31),
        ),
        Edition(
            "imd-2015", "Index of Multiple Deprivation 2015", "lsoa-2011", 32_844,
            date(2015, 9, 30), "lsoa11_code", _CLG, "indicators/iod2015_lsoa11.parquet",
        ),
        Edition(
            "imd-2019", "English Indices of Deprivation 2019", "lsoa-2011", 32_844,
            date(2019, 9, 26), "lsoa code (2011)", _MHCLG,
            "indicators/iod2019_lsoa11_file7_rebuilt.csv.gz",
        ),
        Edition(
            "imd-2025", "English Indices of Deprivation 2025", "lsoa-2021", 33_755,
            date(2025, 10, 30), "lsoa code (2021)", _MHCLG,
            "indicators/iod2025_lsoa21_file7_no_denominators.csv.gz",
            # Published after Barnsley and Sheffield had new codes, it still has those of 2024.
            districts_on=date(2025, 3, 31),
        ),
    )
}  # fmt: skip
