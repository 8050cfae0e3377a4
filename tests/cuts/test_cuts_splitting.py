"""Texts fall into pieces that people would call pieces, and no character is lost or shown twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optlab.cuts.splitting import By, split

WAYS: tuple[By, ...] = ("paragraph", "bullet", "example", "sentence")

SUPPORT = """You are a support agent. Be brief, e.g. two lines. Prices are 3.50 each.
Never lie!

Rules:
- one rule here
  goes on
- a second rule. With two sentences.
3. third

<examples>
<example>
Q: hi
A: yo
</example>
<example>
Q: bye
A: ok
</example>
</examples>

```
code here

- no bullet
```
Tail text."""


def pieces(text: str, by: By) -> list[str]:
    return [text[span.start : span.end].strip() for span in split(text, by)]


def kinds(text: str, by: By) -> list[str]:
    return [span.kind for span in split(text, by)]


@given(st.text(alphabet=st.sampled_from("ab.!? \n\t-*1)`<>/:=Q→é"), max_size=80), st.sampled_from(WAYS))
def test_pieces_are_a_partition(text: str, by: By) -> None:
    spans = split(text, by)
    assert "".join(text[span.start : span.end] for span in spans) == text
    assert all(span.start < span.end for span in spans)


@given(st.text(max_size=200), st.sampled_from(WAYS))
def test_pieces_of_any_text_are_a_partition(text: str, by: By) -> None:
    assert "".join(text[span.start : span.end] for span in split(text, by)) == text


@pytest.mark.parametrize("by", WAYS)
def test_an_empty_text_has_none(by: By) -> None:
    assert split("", by) == ()


def test_paragraphs() -> None:
    found = pieces(SUPPORT, "paragraph")
    assert found[0].startswith("You are") and found[0].endswith("Never lie!")
    assert found[1].startswith("Rules:") and found[1].endswith("3. third")
    assert "```\ncode here\n\n- no bullet\n```" in found and found[-1] == "Tail text."


def test_bullets_with_what_goes_on_in_them() -> None:
    assert pieces(SUPPORT, "bullet")[1:5] == [
        "Rules:",
        "- one rule here\n  goes on",
        "- a second rule. With two sentences.",
        "3. third",
    ]
    assert kinds("a) one\nb) two\n• three\n(4) four", "bullet") == ["bullet"] * 4


def test_sentences() -> None:
    assert pieces(SUPPORT, "sentence")[:5] == [
        "You are a support agent.",
        "Be brief, e.g. two lines.",
        "Prices are 3.50 each.",
        "Never lie!",
        "Rules:",
    ]
    assert pieces('He said "Stop." Dr. Jones left… then came back. 好。再见。', "sentence") == [
        'He said "Stop."',
        "Dr. Jones left… then came back.",
        "好。",
        "再见。",
    ]


def test_examples_in_tags() -> None:
    spans = split(SUPPORT, "example")
    found = [SUPPORT[span.start : span.end].strip() for span in spans if span.kind == "example"]
    assert found == ["<example>\nQ: hi\nA: yo\n</example>", "<example>\nQ: bye\nA: ok\n</example>"]
    assert [SUPPORT[span.start : span.end].strip() for span in spans if not span.cuttable] == [
        "<examples>",
        "</examples>",
    ]


@pytest.mark.parametrize(
    "text, examples",
    [
        ("Sort:\n\nExample 1:\nIn: a\nOut: b\n\nExample 2:\nIn: c\nOut: d\n\nNow do it.", 2),
        ("Sort.\n\nTicket: a\nLabel: b\n\nTicket: c\nLabel: d\n\nNow: go.", 2),
        ("Sort.\n- red -> colour\n- dog -> animal\n- nothing here\n", 2),
        ("### Example\n\nIn: a\n\n### Example\n\nIn: b\n", 2),
        ("Name: Bob\nAge: 3\n\nThat is all.", 0),
    ],
)
def test_examples_by_their_form(text: str, examples: int) -> None:
    assert kinds(text, "example").count("example") == examples


def test_a_line_that_is_only_a_tag_cannot_be_cut() -> None:
    spans = split("<rules>\nBe kind.\n</rules>\n", "paragraph")
    assert [(span.kind, span.cuttable) for span in spans] == [("tag", False), ("paragraph", True), ("tag", False)]


def test_nothing_is_split_in_a_fence_that_never_closes() -> None:
    assert kinds("Look:\n```\na.\n\n- b\n", "sentence") == ["sentence", "fence"]


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize("inner", ["```\na\n\n- b\n```", "~~~\n\na"])
def test_a_fence_inside_a_longer_fence_ends_nothing(by: By, inner: str) -> None:
    fence = f"````md\n{inner}\n````"
    assert pieces(f"{fence}\nEnd.", by) == [fence, "End."]


def test_a_fence_is_not_closed_by_one_that_names_a_language() -> None:
    fence = "```\na\n```python\n\nb\n``` "
    assert pieces(f"{fence}\nEnd.", "sentence") == [fence.strip(), "End."]
