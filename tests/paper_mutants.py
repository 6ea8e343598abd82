"""Wrong edits of pictures, papers, Word files and the notes on methods."""

from __future__ import annotations

from tests.mutant import Mutant

_PICTURE, _PICTURE_TEST = "maps/picture_file.py", "tests/maps/test_picture_file.py"
_WORD, _WORD_TEST = "app/reports/word.py", "tests/app/reports/test_word.py"
_FACTS = "app/reports/neighbourhood_facts.py"
_FACTS_TEST = "tests/app/reports/test_neighbourhood_paper.py"
_NOTES, _NOTES_TEST = "app/pages/method_notes.py", "tests/app/pages/test_about_pages.py"
_RECEIPTS_TEST = "tests/app/pages/test_place_receipts.py"
PAPER_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a picture's key counts its circles, not its areas", _PICTURE,
           'if entry.role == "choropleth" else ""', 'if entry.role == "point" else ""', _PICTURE_TEST),
    Mutant("a picture keeps characters that no reader takes", _PICTURE,
           'return _UNWRITABLE.sub("", text)', "return text", _PICTURE_TEST),
    Mutant("a line of a picture runs over its edge", _PICTURE,
           "if text_width(longer, size) <= room:", "if text_width(longer, size) <= 2 * room:", _PICTURE_TEST),
    Mutant("a Word file's heads do not repeat", _WORD, "    if is_head:\n", "    if not is_head:\n",
           f"{_WORD_TEST}::test_headings_runs_and_tables_are_those_of_the_page"),
    Mutant("a Word file's map has no words", _WORD, 'told.set("descr", ', 'told.set("title", ',
           f"{_WORD_TEST}::test_the_map_has_alternative_text_and_the_file_is_english_titled_a4"),
    Mutant("equal Word files differ by when they were made", _WORD,
           "zipfile.ZipInfo(name, _ZIP_EPOCH)", "zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])",
           f"{_WORD_TEST}::test_equal_pages_are_equal_bytes_and_a_hostile_name_stays_words"),
    Mutant("a paper adds estimated money to located", _FACTS,
           'year["estimated_pence"] += row["estimated_pence"]', 'year["located_pence"] += row["estimated_pence"]',
           f"{_FACTS_TEST}::test_years_sum_their_themes_and_never_located_with_estimated"),
    Mutant("a theme that is not known stands first", _FACTS,
           'theme["rank"] is None, theme["rank"] or 0', 'theme["rank"] is not None, theme["rank"] or 0',
           f"{_FACTS_TEST}::test_themes_stand_worst_first_and_what_is_not_known_last"),
    Mutant("a middle rank between two is rounded into the worst tenth", "app/reports/problem_facts.py",
           "middles.map(ceil)", "middles.map(int)", "tests/app/reports/test_problem_facts.py"),
    Mutant("unranked ground around a place is hatched as no data", "maps/layers.py",
           'bands.where(bands.notna(), "land")', "bands", "tests/maps/test_layers.py"),
    Mutant("a paper's map says again what its sources say", "app/reports/picture.py",
           "credited=False,", "credited=True,", "tests/app/reports/test_paper.py"),
    Mutant("markup in a note on a method is markup", _NOTES, '{"html": False}', '{"html": True}',
           f"{_NOTES_TEST}::test_markup_in_a_note_is_text_and_links_lead_to_notes_alone"),
    Mutant("a link in a note leads anywhere", _NOTES,
           'if _NAME.fullmatch(name) else "/methods"', "if _NAME.fullmatch(name) else written",
           f"{_NOTES_TEST}::test_markup_in_a_note_is_text_and_links_lead_to_notes_alone"),
    Mutant("a receipt leaves out how sure the place is", "app/pages/place_receipts.py",
           'where += [("certainty", certainty)] if certainty else []', "where += []", _RECEIPTS_TEST),
    Mutant("a page without money names the files of money", "app/pages/place_view.py",
           'source["quality"] == "as published" and not with_money', 'source["quality"] == "" and not with_money',
           f"{_RECEIPTS_TEST}::test_a_page_names_the_sources_of_its_own_figures_and_no_others"),
)  # fmt: skip
