"""Pieces of a prompt by name, and the prompt without some of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optlab.core.prompt import Prompt, Segment
from optlab.cuts.pieces import Piece, pieces, without
from optlab.cuts.splitting import By

PROMPT = Prompt(
    (
        Segment("rules", "system", "Rules:\n- one\n- two\n- three\n"),
        Segment("kept", "system", "Stay. Always.", trimmable=False),
        Segment("off", "system", "Not here.", on=False),
        Segment("tools", "tools", '[{"name": "a. b. c"}]'),
        Segment("turn", "history", "Hello. There.", role="user"),
        Segment("ask", "user", "Why? Tell me."),
    )
)


def named(prompt: Prompt, *names: str, **by: str) -> list[Piece]:
    return [piece for piece in pieces(prompt, by) if piece.name in names]  # type: ignore[arg-type]


def test_whole_segments_unless_asked_otherwise() -> None:
    found = pieces(PROMPT)
    assert [piece.name for piece in found] == ["rules", "kept", "tools", "turn", "ask"]
    assert [piece.cuttable for piece in found] == [True, False, True, True, True]


def test_a_segment_by_its_parts() -> None:
    found = pieces(PROMPT, {"rules": "bullet", "kept": "sentence", "tools": "sentence", "turn": "sentence"})
    assert [piece.name for piece in found] == [
        "rules#1", "rules#2", "rules#3", "rules#4", "kept#1", "kept#2", "tools", "turn", "ask",
    ]  # fmt: skip
    assert not any(piece.cuttable for piece in found if piece.segment == "kept")


def test_without_some() -> None:
    less = without(PROMPT, named(PROMPT, "rules#2", "rules#4", "ask#2", rules="bullet", ask="sentence"))
    assert less.segments[0].text == "Rules:\n- two\n"
    assert less.segments[-1].text == "Why?"
    assert less.segments[1:5] == PROMPT.segments[1:5]
    assert without(PROMPT, []) == PROMPT


def test_a_segment_without_anything_left_is_off() -> None:
    assert not without(PROMPT, named(PROMPT, "ask")).segments[-1].on
    assert not without(PROMPT, named(PROMPT, "ask#1", "ask#2", ask="sentence")).segments[-1].on


def test_a_piece_of_another_prompt_is_refused() -> None:
    (piece,) = named(PROMPT, "rules#2", rules="bullet")
    other = Prompt((Segment("rules", "system", "Something else."),))
    with pytest.raises(ValueError, match="not in its text"):
        without(other, [piece])
    with pytest.raises(ValueError, match="no segment 'rules'"):
        without(Prompt(()), [piece])


@pytest.mark.parametrize(
    "text, by, cut, left",
    [
        ("A one. B two.\n\nC three.", "sentence", [1], "A one.\n\nC three."),
        ("A one. B two.\n\n- c\n- d\n", "sentence", [1, 2], "A one.\n- d\n"),
        ("- a\r\n- b\r\n\r\nEnd.", "bullet", [1], "- a\r\n\r\nEnd."),
        ("A one.\n\nB two. C three.", "sentence", [1], "A one.\n\nC three."),
        ("A one. B two.\n\nC three.", "sentence", [0, 2], "B two."),
    ],
)
def test_what_is_left_stays_apart(text: str, by: By, cut: list[int], left: str) -> None:
    prompt = Prompt((Segment("s", "system", text),))
    found = pieces(prompt, {"s": by})
    assert without(prompt, [found[at] for at in cut]).segments[0].text == left


@given(st.lists(st.sampled_from(["One. ", "Two.\n", "Three.\n\n", "\n- four\n", "- five\r\n\r\n"])), st.data())
def test_no_word_is_lost_and_every_item_begins_its_line(parts: list[str], data: st.DataObject) -> None:
    prompt = Prompt((Segment("s", "system", "".join(parts)),))
    found = pieces(prompt, {"s": "sentence"})
    cut = [piece for piece in found if data.draw(st.booleans())]
    (less,) = without(prompt, cut).segments
    kept = [piece for piece in found if piece not in cut]
    assert less.text.split() == " ".join(piece.text for piece in kept).split() or not less.on
    for piece in kept if less.on else ():
        if piece.kind == "bullet":
            assert piece.text.strip().splitlines()[0].strip() in [line.strip() for line in less.text.splitlines()]
