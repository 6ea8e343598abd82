"""The catalogue of indicators: each entry says what it must, and a fault is refused by file and entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.indicators.definitions import DefinitionInvalid, definitions, read_definitions

ENTRY = """
[[file]]
dataset = "jobs"
area_type = "lad"
area_set = "lad-2021"
code = "code"
period = "2021"

[[file.indicator]]
id = "jobless"
column = "out of work"
title = "Out of work"
definition = "People out of work."
unit = "people"
direction = "higher-is-worse"
nature = "extensive"
"""


def read(tmp_path: Path, *texts: str) -> dict[str, object]:
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.toml").write_text(text)
    return dict(read_definitions(tmp_path))


def test_every_published_indicator_says_what_it_is() -> None:
    found = [one for layout in definitions().values() for one in layout.indicators]
    assert len(found) > 200
    assert len({one.id for one in found}) == len(found)
    for one in found:
        assert one.definition.endswith((".", ")")), one.id
        assert one.nature == "intensive" or one.unit not in ("per cent", "share (0 to 1)"), one.id
        assert not (one.nature == "extensive" and "rate" in one.title.lower()), one.id


def test_a_denominator_that_looks_like_an_id_is_one() -> None:
    found = {one.id: one for layout in definitions().values() for one in layout.indicators}
    named = [one.denominator for one in found.values() if one.denominator]
    assert [each for each in named if " " not in each and each not in found] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ENTRY.replace('unit = "people"', ""), "0.toml, jobs, jobless: unit is missing"),
        (ENTRY + 'colour = "red"', "0.toml, jobs, jobless: unknown key colour"),
        (ENTRY.replace("higher-is-worse", "worse"), "jobless: its direction is none of higher-is"),
        (ENTRY.replace("extensive", "count"), "jobless: its nature is none of extensive"),
        (ENTRY.replace('period = "2021"', ""), "jobless: nothing says its period"),
        (ENTRY + 'blank = "nought"', "what a blank means is none of suppressed, missing"),
        (ENTRY.replace('"lad"', '"parish council"'), "no area type 'parish council'"),
        (ENTRY + ENTRY, "jobs is laid out twice"),
    ],
)
def test_a_fault_is_refused_by_file_and_entry(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DefinitionInvalid) as refused:
        read(tmp_path, text)
    assert told in refused.value.detail


def test_one_id_in_two_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid, match="another indicator is called jobless"):
        read(tmp_path, ENTRY, ENTRY.replace('"jobs"', '"work"'))
