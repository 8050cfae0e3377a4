"""Filling a prompt's variables, and switching its segments."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.core.prompt import Prompt, Segment, fill

LAW = settings(deadline=None, derandomize=True, max_examples=100)
NAMES = st.text(min_size=1, max_size=6).filter(lambda name: "{" not in name and "}" not in name)


@pytest.mark.parametrize(
    "text, variables, expected",
    [
        ("{q}", {"q": "Why?"}, "Why?"),
        ("{q} and {q}", {"q": "x"}, "x and x"),
        ("{other} {}", {"q": "x"}, "{other} {}"),
        ('{"a": {q}}', {"q": "1"}, '{"a": 1}'),
        ("{{q}}", {"q": "x"}, "{x}"),
        ("{q", {"q": "x"}, "{q"),
        ("{ q }", {"q": "x"}, "{ q }"),
        ("{a}{b}", {"a": "{b}", "b": "{a}"}, "{b}{a}"),
        ("{ab}{a}", {"a": "1", "ab": "2"}, "21"),
        ("{a.b}{aXb}", {"a.b": "dot"}, "dot{aXb}"),
        (r"{q}", {"q": r"\1 \g<0> \n"}, r"\1 \g<0> \n"),
        ("{q}", {"q": ""}, ""),
        ("{q}", {}, "{q}"),
        ("{größe}", {"größe": "5 µm"}, "5 µm"),
    ],
)
def test_fill(text: str, variables: dict[str, str], expected: str) -> None:
    assert fill(text, variables) == expected


@LAW
@given(st.text(), st.dictionaries(NAMES, st.text(), max_size=3))
def test_text_without_braces_is_never_changed(text: str, variables: dict[str, str]) -> None:
    plain = text.replace("{", "").replace("}", "")
    assert fill(plain, variables) == plain


@LAW
@given(st.dictionaries(NAMES, st.text(), min_size=1, max_size=4), st.text(alphabet="ab .", max_size=4))
def test_each_value_stands_once_in_its_place_whatever_it_holds(variables: dict[str, str], between: str) -> None:
    template = between.join("{" + name + "}" for name in variables)
    assert fill(template, variables) == between.join(variables.values())


PROMPT = Prompt(
    (
        Segment("a", "system", "A {x}"),
        Segment("b", "user", "B {x}"),
        Segment("c", "system", "C", on=False),
        Segment("d", "system", " \n"),
        Segment("e", "system", "E"),
    )
)


def test_active_segments_are_on_and_not_blank_in_order() -> None:
    assert [s.name for s in PROMPT.active("system")] == ["a", "e"]
    assert [s.name for s in PROMPT.active("user")] == ["b"]
    assert PROMPT.active("tools") == ()


def test_filled_touches_texts_only() -> None:
    filled = PROMPT.filled({"x": "1"})
    assert [s.text for s in filled.segments] == ["A 1", "B 1", "C", " \n", "E"]
    assert [(s.name, s.where, s.on) for s in filled.segments] == [(s.name, s.where, s.on) for s in PROMPT.segments]
    assert PROMPT.segments[0].text == "A {x}"


def test_a_segment_is_switched_by_name() -> None:
    on = PROMPT.switched("c", True)
    assert [s.name for s in on.active("system")] == ["a", "c", "e"]
    assert on.switched("c", False) == PROMPT
    with pytest.raises(KeyError, match="nobody"):
        PROMPT.switched("nobody", True)
