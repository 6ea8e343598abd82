"""The latest answers: made once, the one unused for longest leaving first, none taken where none may be."""

from __future__ import annotations

from app.latest import Latest


def test_an_answer_is_made_once_and_the_one_unused_for_longest_leaves() -> None:
    kept, made = Latest[str](2), list[str]()

    def ask(key: str, *, keeps: bool = True) -> str:
        return kept.get(key, lambda: made.append(key) or key.upper(), keeps=keeps)

    assert [ask(key) for key in "abab"] == list("ABAB")
    assert made == ["a", "b"]
    ask("a")
    ask("c")  # b was unused for longest
    assert [ask(key) for key in "acb"] == list("ACB")
    assert made == ["a", "b", "c", "b"]


def test_what_may_not_be_kept_is_neither_taken_nor_kept() -> None:
    kept = Latest[int](2)
    assert kept.get("a", lambda: 1) == 1
    assert kept.get("a", lambda: 2, keeps=False) == 2
    assert kept.get("a", lambda: 3) == 1


def test_it_is_empty_until_something_is_kept():
    kept = Latest[int](2)
    assert kept.is_empty
    kept.get("a", lambda: 1, keeps=False)
    assert kept.is_empty
    kept.get("a", lambda: 1)
    assert not kept.is_empty
