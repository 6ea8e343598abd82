"""Wrong edits of what holds on a day, each as name, file, right words, wrong words and the test that kills it."""

from __future__ import annotations

DAYS = (
    (
        "the last day that can be written belongs to no span",
        "migrations/versions/0044_last_day.py",
        "WITHIN = \"(on_day < d.to_day OR d.to_day = DATE '9999-12-31')\"",
        'WITHIN = "on_day < d.to_day"',
        "tests/boundaries/test_releases.py",
    ),
    (
        "a lookup that answers on the day it was replaced",
        "boundaries/queries.py",
        "or_(Membership.to_day.is_(None), Membership.to_day > day)",
        "or_(Membership.to_day.is_(None), Membership.to_day >= day)",
        "tests/boundaries/test_other_codes.py",
    ),
    (
        "a code of two areas takes the first",
        "boundaries/codes.py",
        "if len(alive) == 1:",
        "if len(alive or areas) >= 1 and (alive := alive or list(areas)):",
        "tests/boundaries/test_other_codes.py",
    ),
    (
        "a part whose people are not known counts as nobody",
        "boundaries/methods/succession.py",
        "people=lambda told: told.sum(skipna=False)",
        "people=lambda told: told.sum()",
        "tests/boundaries/methods/test_succession.py",
    ),
    (
        "a register's last day is the day after",
        "boundaries/sources/districts.py",
        "if (day.month, day.day) == (3, 31) else day",
        "if (day.month, day.day) == (4, 1) else day",
        "tests/boundaries/test_sources.py",
    ),
    (
        "an area of the list before lives a day too long",
        "boundaries/methods/lives.py",
        "None if last == len(lists) - 1 else lists[last + 1][0]",
        "None if last == len(lists) - 1 else lists[last][0]",
        "tests/boundaries/test_dated.py",
    ),
    (
        "a unitary council is put under its districts' county",
        "boundaries/sources/dated.py",
        'over.area_type != "cty"',
        'over.area_type != "lad"',
        "tests/boundaries/test_dated.py",
    ),
    (
        "a chain forgets the share of its first step",
        "boundaries/sql/history.sql",
        "a.passed * s.share",
        "s.share",
        "tests/boundaries/test_other_codes.py",
    ),
    (
        "a planned area that ends on the day it starts",
        "boundaries/planning.py",
        "area.valid_to <= area.valid_from:",
        "area.valid_to < area.valid_from:",
        "tests/boundaries/test_planning.py",
    ),
    (
        "half of what a council was made of stands for it",
        "boundaries/history.py",
        "together >= set(_whole_parts(session, follower))",
        "together",
        "tests/boundaries/test_codes_on_a_day.py",
    ),
)
