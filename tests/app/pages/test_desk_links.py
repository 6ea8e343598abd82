"""Links to forms on public pages: for who may follow them, and no byte of it for anybody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.access.queries import Actor
from app.pages.desk_links import desk_link, with_links, without_links
from app.places.demo import DEMO_SLUG
from tests.support.engines import open_engine
from tests.support.forms import Editor, editing

PLACE = f"/partnerships/{DEMO_SLUG}"
PAGES = tuple(PLACE + end for end in ("", "/strategy", "/members", "/progress", "/accreditation"))
PAGE = '<main id="main" class="wrap"><h1>A</h1>{}</main>'
OURS, THEIRS = Actor(1, "editor", "exe-pact"), Actor(2, "editor", "other")


@pytest.mark.parametrize(
    "words", ["Change --> it", "<!-- x -->", "Two\nlines", '"><script>', "--!>"]
)
def test_no_name_ends_a_mark_or_makes_markup_of_it(words: str) -> None:
    address = f"/desk/records/targets/{words}/edit"
    written = PAGE.format(desk_link("exe-pact", address, words, words))
    assert without_links(written) == PAGE.format("")
    assert with_links(written, THEIRS, "") == PAGE.format("")
    made = with_links(written, OURS, "")
    # a link, and in it what it is of
    assert made.count("<") == PAGE.count("<") + 4
    assert made.count(">") == PAGE.count(">") + 4


def test_a_link_is_for_the_editors_of_its_partnership_and_for_administrators() -> None:
    written = PAGE.format(desk_link("exe-pact", "/desk/a", "A") + desk_link(None, "/desk/b", "B"))
    found = {
        who: [end for end in "ab" if f'href="/desk/{end}"' in with_links(written, actor, "")]
        for who, actor in (
            ("ours", OURS), ("theirs", THEIRS), ("of all", Actor(3, "editor", None)),
            ("administrator", Actor(4, "administrator", None)),
        )
    }  # fmt: skip
    assert found == {"ours": ["a"], "theirs": [], "of all": ["a"], "administrator": ["a", "b"]}


@pytest.fixture(scope="module")
def editor(
    make_database: Callable[[str], str],
    demo_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Editor]:
    engine = open_engine(make_database(demo_template))
    with editing(engine, tmp_path_factory.mktemp("links"), "editor", DEMO_SLUG) as made:
        yield made


@pytest.mark.slow
def test_the_desk_says_kinds_in_words_and_links_by_what_they_do(
    editor: Editor, tmp_path: Path
) -> None:
    with editing(editor.engine, tmp_path, "administrator", None) as made:
        table = made.client.get("/desk").text.split('aria-label="Partnerships that you may')[1]
    assert "<td>local strategic partnership</td>" in table
    assert '<td class="num">an outline</td>' in table
    assert table.count(">all records<span") == table.count("<tr>") - 1 >= 2


@pytest.mark.slow
def test_a_stranger_s_page_is_the_same_whoever_else_is_signed_in(editor: Editor) -> None:
    stranger = editor.stranger()
    before = {page: stranger.get(page) for page in PAGES}
    for page, theirs in before.items():
        mine = editor.client.get(page)
        assert mine.headers["cache-control"] == "private, no-store"
        assert mine.text.count('class="desk-bar') == 1
        assert f'href="/desk?partnership={DEMO_SLUG}"' in mine.text
        assert 'href="/desk/records/' in mine.text or page == f"{PLACE}/accreditation"
        # what a shared cache keeps of a stranger's is never taken for an editor's
        held = editor.client.get(page, headers={"If-None-Match": theirs.headers["etag"]})
        assert held.status_code == 200
        again = stranger.get(page)
        assert again.content == theirs.content
        assert again.headers["etag"] == theirs.headers["etag"]
        assert again.headers["cache-control"] == "no-cache"
        assert b"desk-bar" not in again.content
        assert b"<!--desk" not in again.content
        assert stranger.get(page, headers={"If-None-Match": again.headers["etag"]}).status_code == 304  # fmt: skip


@pytest.mark.slow
def test_signing_in_leads_back_to_the_form_with_what_it_is_of(editor: Editor) -> None:
    form = f"/desk/records/targets/new?partnership={DEMO_SLUG}"
    asked = editor.stranger().get(form, follow_redirects=False)
    assert asked.status_code == 303
    shown = editor.stranger().get(asked.headers["location"]).text
    assert f'name="next" value="{form}"' in shown
