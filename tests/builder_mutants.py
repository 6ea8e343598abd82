"""Wrong edits of the page that builds neighbourhoods."""

from __future__ import annotations

from tests.mutant import Mutant

_PAGE = "tests/app/pages/test_build_page.py"
_CODES = "tests/app/pages/test_chosen_areas.py"
BUILDER_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a list in an address has an area twice", "app/pages/chosen_areas.py",
           "or (at and not more)", "or (at and more < 0)", _CODES),
    Mutant("any number of areas is read from an address", "app/pages/chosen_areas.py",
           "if len(found) > MOST_CHOSEN:", "if len(found) > 10 * MOST_CHOSEN:", _CODES),
    Mutant("unknown people count as nobody", "app/neighbourhoods/choosing.py",
           "len(counts) - len(known))", "0)", _PAGE),
    Mutant("areas of elsewhere are chosen", "app/neighbourhoods/choosing.py",
           "    inside = chosen & set(among.areas.index)", "    inside = chosen", _PAGE),
    Mutant("a form of elsewhere saves", "app/pages/build_page.py",
           '        require_form_word(request, text_of(form, "form_word"))', "        pass", _PAGE),
    Mutant("a version is kept over somebody else's", "app/pages/build_page.py",
           "if str(row.revision) != revision:", "if not revision:", _PAGE),
    Mutant("a list of any size is read", "app/pages/build_file.py",
           "(sent.size or 0) > most_bytes(name)", "(sent.size or 0) > 100 * most_bytes(name)", _PAGE),
    Mutant("outlines are held to the size of a list", "app/pages/build_file.py",
           "return MOST_OUTLINE_BYTES if holds_outlines(name) else MOST_LIST_BYTES", "return MOST_LIST_BYTES", _PAGE),
    Mutant("an outline chooses what it only grazes", "app/neighbourhoods/outline_choosing.py",
           'weights["people_share"] >= MOSTLY', 'weights["people_share"] > 0', _PAGE),
    Mutant("an outline that chooses nothing is passed over", "app/neighbourhoods/outline_choosing.py",
           "        if not inside:", "        if not found and inside:", _PAGE),
    Mutant("a neighbourhood that holds nothing of a choice overlaps with it", "app/pages/build_view.py",
           "if held.get(code, 0) > 0", "if held.get(code, 1) > 0", _PAGE),
)  # fmt: skip
