"""The segment text: what is loaded comes back, and no edit, undo or redo moves a boundary."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.core.prompt import Prompt, Segment
from optlab.tui.segments import Change, SegmentText

TEXTS = st.text(alphabet=st.sampled_from("ab \n\r\t\x0b\x85\u2028\ue000\ue001{}"), max_size=12)


def prompt_of(*texts: str) -> Prompt:
    return Prompt(tuple(Segment(f"s{i}", "user", text) for i, text in enumerate(texts)))


def split(text: str) -> list[str]:
    """Lines as the text area's document splits them."""
    return text.splitlines() + ([""] if text.endswith("\n") or not text else [])


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_what_is_loaded_comes_back_byte_for_byte(texts: list[str]) -> None:
    prompt = prompt_of(*texts)
    layout = SegmentText.of(prompt)
    assert layout.prompt(split(layout.text()), frozenset()) == prompt


@settings(max_examples=200)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.data())
def test_no_edit_moves_a_boundary_and_undo_gives_all_back(texts: list[str], data: st.DataObject) -> None:
    layout = SegmentText.of(prompt_of(*texts))
    lines = split(layout.text())
    history = [list(lines)]
    for _ in range(5):
        place = st.integers(0, len(lines) - 1).flatmap(
            lambda row, lines=lines: st.tuples(st.just(row), st.integers(0, len(lines[row])))
        )
        ends = sorted([data.draw(place), data.draw(place)])
        text = data.draw(TEXTS) + data.draw(st.sampled_from(["", layout.marker, f"\n{layout.marker}\n"]))
        change = layout.allowed(Change(text, ends[0], ends[1]), lines)
        if change is None:
            continue
        before = layout.prompt(lines, frozenset())
        (r0, c0), (r1, c1) = change.top, change.bottom
        whole = lines[r0][:c0] + change.text + lines[r1][c1:]
        lines = [*lines[:r0], *(whole.splitlines() or [""]), *([""] if whole.endswith("\n") else []), *lines[r1 + 1 :]]
        history.append(list(lines))
        after = layout.prompt(lines, frozenset())
        assert len(layout.headers(lines)) == len(texts)
        changed = [i for i, (a, b) in enumerate(zip(before.segments, after.segments, strict=True)) if a != b]
        assert changed in ([], [layout.owners(lines)[r0]])
    assert layout.prompt(history[0], frozenset()) == prompt_of(*texts)


@pytest.mark.parametrize(
    ("top", "bottom", "text"),
    [((0, 0), (0, 0), "x"), ((0, 1), (1, 0), ""), ((1, 0), (3, 1), ""), ((2, 0), (4, 0), "x"), ((0, 0), (4, 1), "")],
)
def test_edits_that_hit_a_header_are_refused(top: tuple[int, int], bottom: tuple[int, int], text: str) -> None:
    layout = SegmentText.of(prompt_of("one\ntwo", "three"))
    assert layout.allowed(Change(text, top, bottom), split(layout.text())) is None


def test_an_edit_that_only_grazes_a_header_is_cut_back() -> None:
    layout = SegmentText.of(prompt_of("one\ntwo", "three"))
    assert layout.allowed(Change("", (2, 0), (3, 0)), split(layout.text())) == Change("", (2, 0), (2, 3))


def test_switching_off_keeps_the_text() -> None:
    layout = SegmentText.of(prompt_of("one", "two"))
    prompt = layout.prompt(split(layout.text()), frozenset({"s1"}))
    assert [(s.text, s.on) for s in prompt.segments] == [("one", True), ("two", False)]
