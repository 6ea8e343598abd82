"""A printed paper's page as a Word file: the same words and figures, real tables and headings, for boards that paste.

The file is made from the page that the PDF is printed from, so that no figure can differ between the two.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from boundaries import deadlines
from maps.picture_file import picture_png, writable

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT, INK, MUTED = "Arial", "14202B", "4A5763"
_LANGUAGE = "en-GB"
_PAGE_MM, _EDGE_MM = (210, 297), 18
#: of a table: letters of 8.5 points, how much wider bold ones are, and both margins of a cell
_LETTER_MM, _BOLD, _MARGINS_MM = 8.5 / 72 * 25.4, 1.08, 4.2
#: of Arial, in parts of a letter's height: the narrow, the wide and the other letters
_NARROW, _WIDE = frozenset(" !'(),-./:;I[]fijlrt|’–"), frozenset("%@MWmw—…")
#: Of the picture in the file: wide enough for print at the width of the text.
PICTURE_PX = 1260
# What a page has for print alone: drawings, which the one picture stands for, and its key, which is on it.
_SKIPPED = {"svg", "head", "script", "style"}
_SKIPPED_CLASSES = {"mapkey", "where"}
_BLOCKS = {"h1": "Title", "h2": "Heading 1", "h3": "Heading 2"}
# The oldest instant a zip can hold: equal papers are equal bytes.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class WordPicture:
    """A drawing as SVG text, and the words for those who do not see it."""

    svg: str
    alternative: str


def make_word(page: str, picture: WordPicture | None, made_on: date) -> bytes:
    """Write a paper's HTML page as a .docx: English, A4, header rows that repeat, the map with alternative text.

    page : what a paper's template gives. Its `<div class="picture">` is where the picture goes.
    Equal pages of one day give equal bytes. Nothing is fetched.
    """
    from lxml import html as reader

    deadlines.check("the page was ready to be written")
    document = _empty()
    root = reader.document_fromstring(writable(page))
    _without_bars(root)
    _without_columns(root)
    title = _words(root.find(".//title"))
    _describe(document, title, _meta(root, "description"), made_on)
    _foot(document, _words(root.find(".//h1")) or title)
    _write_blocks(document, root.find("body"), picture)
    written = io.BytesIO()
    document.save(written)
    return _with_fixed_times(written.getvalue())


def _empty() -> Document:
    """Open an empty A4 document whose styles are the papers'."""
    import docx
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(_PAGE_MM[0]), Mm(_PAGE_MM[1])
    section.left_margin = section.right_margin = Mm(_EDGE_MM)
    section.top_margin = section.bottom_margin = Mm(_EDGE_MM)
    sizes = {
        "Normal": (10, INK), "Title": (22, INK), "Heading 1": (13, INK), "Heading 2": (11.5, INK),
        "Caption": (9, MUTED), "List Bullet": (9, INK),
    }  # fmt: skip
    for name, (size, colour) in sizes.items():
        style: Any = document.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.font.color.rgb = RGBColor.from_string(colour)
        style.font.bold = name in ("Title", "Heading 1", "Heading 2")
        style.font.italic = False
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(kind), FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        style.paragraph_format.space_after = Pt(4)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), _LANGUAGE)
    return document


def _describe(document: Document, title: str, subject: str, made_on: date) -> None:
    about = document.core_properties
    about.title, about.subject = title[:255], subject[:255]
    about.author = about.last_modified_by = "Bounds"
    about.comments, about.language = "", _LANGUAGE
    about.created = about.modified = datetime.combine(made_on, time(), UTC)


def _foot(document: Document, name: str) -> None:
    """Write name and "Page n of m" at the foot of each page."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Mm, Pt

    line = document.sections[0].footer.paragraphs[0]
    stops = line.paragraph_format.tab_stops
    stops.clear_all()
    stops.add_tab_stop(Mm(_PAGE_MM[0] - 2 * _EDGE_MM), WD_TAB_ALIGNMENT.RIGHT)
    short = name if len(name) <= 90 else f"{name[:89]}…"
    line.add_run(f"{short}\tPage ")
    _field(line, "PAGE")
    line.add_run(" of ")
    _field(line, "NUMPAGES")
    for run in line.runs:
        run.font.size = Pt(8)


def _field(line: Paragraph, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement("w:fldSimple")
    made.set(qn("w:instr"), name)
    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = "1"  # until the reader's program counts its pages
    run.append(words)
    made.append(run)
    line._p.append(made)


def _without_bars(root: Any) -> None:
    """Take the columns of bars out, and what explains them; the figure beside takes over the head of its bar."""
    for head in root.xpath("//th[contains(@class, 'barcell')]"):
        beside = head.getnext()
        if beside is not None:
            beside.text = f"{_words(head)}: {_words(beside).lower()}"
    for drawn in root.xpath("//*[contains(@class, 'barcell') or @class='drawn']"):
        drawn.drop_tree()


def _without_columns(root: Any) -> None:
    """Join a list that goes on in a second column of the print: its head, said again there, is said once here."""
    for again in root.xpath("//li[@class='again']"):
        before = again.getparent().getprevious()[-1]
        for line in again.findall("br"):
            before.append(line)  # with the words after it
        again.drop_tree()


def _write_blocks(document: Document, element: Any, picture: WordPicture | None) -> None:
    """Write what stands in an element, in order, block by block."""
    for part in element:
        kinds = set((part.get("class") or "").split())
        if not isinstance(part.tag, str) or part.tag in _SKIPPED or kinds & _SKIPPED_CLASSES:
            continue
        if "picture" in kinds:
            if picture is not None:
                _add_picture(document, picture)
        elif part.tag == "table":
            _add_table(document, part)
        elif part.tag in _BLOCKS:
            _write_runs(document.add_paragraph(style=_BLOCKS[part.tag]), part)
        elif part.tag == "p":
            line = document.add_paragraph()
            _write_runs(
                line, part, bold="notice" in kinds, small=bool(kinds & {"small", "kind", "made"})
            )
        elif part.tag in ("ul", "ol"):
            for item in part.iter("li"):
                _write_runs(document.add_paragraph(style="List Bullet"), item, small=True)
        else:
            _write_blocks(document, part, picture)


def _write_runs(line: Paragraph, element: Any, *, bold: bool = False, small: bool = False) -> None:
    """Write an element's text into a paragraph; `<strong>` is bold, `<br>` a new line, blanks are one."""
    from docx.shared import Pt, RGBColor

    runs = list(_pieces(element, bold))
    # As a browser lays words out: no blank at the ends, one between.
    text = ""
    for words, is_bold in runs:
        shown = words
        if shown != "\n" and (not text or text.endswith((" ", "\n"))):
            shown = shown.lstrip(" ")
        if not shown:
            continue
        run = line.add_run(shown)
        run.bold = True if is_bold else None
        if small:
            run.font.size, run.font.color.rgb = Pt(8.5), RGBColor.from_string(MUTED)
        text += shown


def _pieces(element: Any, bold: bool) -> Iterator[tuple[str, bool]]:
    if element.text:
        yield _single_blanks(element.text), bold
    for part in element:
        if isinstance(part.tag, str) and part.tag not in _SKIPPED:
            if part.tag == "br":
                yield "\n", bold
            else:
                yield from _pieces(part, bold or part.tag == "strong")
        if part.tail:
            yield _single_blanks(part.tail), bold


def _single_blanks(words: str) -> str:
    """Make each run of blanks one blank, as HTML does; a blank that may not break stays."""
    lead = " " if words[:1].isspace() else ""
    rest = " ".join(words.split())
    trail = " " if rest and words[-1:].isspace() else ""
    return f"{lead}{rest}{trail}"


def _words(element: Any) -> str:
    return "" if element is None else " ".join(str(element.text_content()).split())


def _meta(root: Any, name: str) -> str:
    found = root.xpath("//meta[@name=$name]/@content", name=name)
    return str(found[0]) if found else ""


def _add_table(document: Document, element: Any) -> None:
    """Write a real table: its caption as description, its column heads as rows that repeat on each page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Mm

    rows = list(element.iter("tr"))
    across = max((sum(_span(cell) for cell in row) for row in rows), default=0)
    if not across:
        return
    caption = element.find("caption")
    described = _words(caption)
    if caption is not None and "unseen" not in (caption.get("class") or "") and described:
        line = document.add_paragraph(style="Caption")
        line.paragraph_format.keep_with_next = True
        line.add_run(described)
    table = document.add_table(rows=0, cols=across)
    table.style = "Table Grid"
    table.autofit = False
    # Before its rows: each cell takes its column's width.
    for column, width_mm in zip(table.columns, column_widths_mm(rows, across), strict=True):
        column.width = Mm(width_mm)
    if described:
        about = OxmlElement("w:tblCaption")
        about.set(qn("w:val"), described)
        table._tbl.tblPr.append(about)
    for row in rows:
        _add_row(table, row)
    after = document.add_paragraph()
    after.paragraph_format.space_after = 0


def column_widths_mm(rows: Sequence[Any], across: int) -> list[float]:
    """Share the width of the text out among columns, as browsers do: no word is cut where all words fit.

    A column has its longest word's width, and of what is left the more the longer its longest text is.
    """
    words, texts = [0.0] * across, [0.0] * across
    for row in rows:
        at = 0
        for cell in row:
            span = _span(cell)
            if span == 1:
                told = _words(cell)
                size_mm = _LETTER_MM * (_BOLD if cell.tag == "th" else 1.0)
                words[at] = max(words[at], *(size_mm * _ems(each) for each in told.split(" ")))
                texts[at] = max(texts[at], size_mm * _ems(told))
            at += span
    least = [_MARGINS_MM + each for each in words]
    most = [_MARGINS_MM + each for each in texts]
    whole = float(_PAGE_MM[0] - 2 * _EDGE_MM)
    left = whole - sum(least)
    longer = [b - a for a, b in zip(least, most, strict=True)]
    if left <= 0:
        return [each * whole / sum(least) for each in least]
    if sum(longer) <= left:
        return [each * whole / sum(most) for each in most]
    return [a + left * b / sum(longer) for a, b in zip(least, longer, strict=True)]


def _ems(words: str) -> float:
    """Estimate how wide Arial sets some words, in letters' heights; a little more rather than less."""
    return sum(
        0.34 if letter in _NARROW else 0.9 if letter in _WIDE else 0.7 if letter.isupper() else 0.56
        for letter in words
    )


def _add_row(table: Table, row: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made: Any = table.add_row()  # type: ignore[no-untyped-call]
    properties = made._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    heads = [cell for cell in row if cell.tag == "th" and cell.get("scope") == "col"]
    is_head = len(heads) == len(row) and len(heads) > 0
    if is_head:
        mark = OxmlElement("w:tblHeader")
        mark.set(qn("w:val"), "true")
        properties.append(mark)
    cells, at = made.cells, 0
    for cell in row:
        span = _span(cell)
        shown = cells[at] if span == 1 else cells[at].merge(cells[at + span - 1])
        _fill(shown, cell, is_head)
        at += span


def _fill(shown: _Cell, cell: Any, is_head: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    line = shown.paragraphs[0]
    _write_runs(line, cell, bold=is_head or "sum" in (cell.getparent().get("class") or ""))
    line.paragraph_format.space_after = Pt(0)
    for run in line.runs:
        run.font.size = Pt(8.5)
    if {"n", "num"} & set((cell.get("class") or "").split()):
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _span(cell: Any) -> int:
    return int(cell.get("colspan") or 1) if isinstance(cell.tag, str) else 0


def _add_picture(document: Document, picture: WordPicture) -> None:
    """Set the map as wide as the text, with its words as alternative text."""
    from docx.oxml.ns import qn
    from docx.shared import Mm

    png = picture_png(picture.svg, PICTURE_PX)
    shape = document.add_picture(io.BytesIO(png), width=Mm(_PAGE_MM[0] - 2 * _EDGE_MM))
    for told in (shape._inline.docPr, *shape._inline.iter(qn("pic:cNvPr"))):
        told.set("descr", writable(picture.alternative))
        told.set("name", "Map")


def _with_fixed_times(content: bytes) -> bytes:
    """Pack the same parts again with one time for all."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as parts,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in parts.namelist():
            made.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), parts.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
