"""What a name is to its area reads as a person would say it."""

from __future__ import annotations

from datetime import date

import pytest

from boundaries.names import Name, NameIndex, with_article


@pytest.mark.parametrize(
    ("kind", "until", "said"),
    [
        ("former", date(2022, 7, 1), "a former name of Ayton, until 1 July 2022"),
        ("also", None, "another name of Ayton"),
        ("welsh", None, "a Welsh name of Ayton"),
    ],
)
def test_a_name_has_its_article_and_its_day_in_words(
    kind: str, until: date | None, said: str
) -> None:
    known = Name("E07000001", "lad", "Ayton", "name", None, None)
    other = Name("E07000001", "lad", "Great Ayton", kind, None, None, until)
    assert with_article(NameIndex([known, other]).why(other)) == said
