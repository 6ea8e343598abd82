"""What the accessibility statement says: what is tested and what is not; whom to tell is the operator's setting."""

from __future__ import annotations

from dataclasses import dataclass

from app.settings import Settings

#: Each a thing that a test of ours looks at on every change; the test named must exist.
TESTED = (
    (
        "Pages are looked through by axe-core at 360 and 1,280 pixels: it finds no violation of WCAG 2.2 A or AA.",
        "tests/browser/test_place_in_a_browser.py",
    ),
    (
        "The maps of a place are used by keyboard alone, and work as pictures with a table where scripts are off.",
        "tests/browser/test_place_in_a_browser.py",
    ),
    (
        "With colours forced, keys and bars keep theirs and switches look different on and off; where motion is"
        " reduced, nothing moves.",
        "tests/browser/looking.py",
    ),
    (
        "Pages are printed: the picture of the map stands on the sheet, and forms and controls do not.",
        "tests/browser/test_print_and_take_away.py",
    ),
    (
        "Papers are tagged PDF/UA-1 in English with their fonts, and the map has words; every number is in their JSON.",
        "tests/app/reports/test_paper.py",
    ),
    (
        "Word files have real tables with header rows, headings, and the map with alternative text.",
        "tests/app/reports/test_word.py",
    ),
)
#: What no test can say, or is known to fall short.
NOT_TESTED = (
    "No person who uses a screen reader, a magnifier, a switch or voice has tried these pages for us.",
    "axe-core finds a part of all barriers.",
    "Forced colours and reduced motion are emulated by a browser; nobody has looked with a system's own settings.",
    "PDFs are not checked by a PDF/UA validator, only by the marks that one looks for.",
    "A map shows shapes that words cannot give whole: its table holds every figure, not the outlines.",
    "Names and titles stand as their publishers wrote them, in capitals or shortened as they are.",
    "The Folium map is third parties' work in our frame, and less well usable by keyboard.",
)


@dataclass(frozen=True)
class Statement:
    """What the page shows; contact is None where the operator has not said whom to tell."""

    contact: str | None
    is_address: bool
    tested: tuple[tuple[str, str], ...] = TESTED
    not_tested: tuple[str, ...] = NOT_TESTED


def statement_of(settings: Settings) -> Statement:
    """Put the statement together for this deployment."""
    contact = settings.contact.strip() or None
    is_mail = contact is not None and "@" in contact and " " not in contact
    return Statement(contact, is_mail)
