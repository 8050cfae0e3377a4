"""Pieces of a prompt by name, and the prompt without some of them."""

import pytest

from optlab.core.prompt import Prompt, Segment
from optlab.cuts.pieces import Piece, pieces, without

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
