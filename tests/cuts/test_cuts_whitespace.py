"""White space that says nothing goes; indentation, code, documents and columns stay."""

import pytest
from cut_builders import scenario, wins
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.core.prompt import Segment
from optlab.cuts.wins import take_all

TIDIED = {
    "One.\n\n\n\nTwo.": "One.\n\nTwo.",
    "One.  \t \nTwo.   ": "One.\nTwo.",
    "One.\n \t \n  \nTwo.": "One.\n\nTwo.",
    "One.   Two.": "One. Two.",
    "\n\n  \nOne.\n\n\n\n": "One.\n",
    "One.\r\n\r\n\r\n\r\nTwo.   \r\nThree.": "One.\r\n\r\nTwo.\r\nThree.",
    "  - in   dented   words": "  - in dented words",
    "```\na  =  1\n\n\n\n```\nOne.    Two.": "```\na  =  1\n\n\n\n```\nOne. Two.",
    "<doc>\na  b\n\n\n\nc   \n</doc>\n\n\n\nOne.": "<doc>\na  b\n\n\n\nc   \n</doc>\n\nOne.",
}

AS_IT_IS = (
    "One.\n\nTwo.\n",
    "    indented\n        more\n",
    "Monday      9-17\nTuesday     9-18\n",
    "| a    | b  |\n|------|----|\n",
    "a\t1\nb\t2",
    "```\nx   \n\n\n\n\ny\n```",
    "<document>\nx   \n\n\n\n\ny\n</document>",
    "One. ",  # a single space is not worth a word
)


@pytest.mark.parametrize(("before", "after"), TIDIED.items())
def test_what_says_nothing_goes(before: str, after: str) -> None:
    prompt, taken = take_all(scenario(before), ["white space"])
    assert prompt.segments[0].text == after
    assert len(taken) == 1 and taken[0].tokens >= 0


@pytest.mark.parametrize("text", AS_IT_IS)
def test_what_says_something_stays(text: str) -> None:
    assert wins(scenario(text), "white space") == []


@settings(deadline=None, derandomize=True)
@given(st.text(alphabet=st.sampled_from("ab.|`<>/ \t\n\r"), max_size=60))
def test_no_word_is_ever_touched(text: str) -> None:
    subject = scenario(text)
    prompt, _ = take_all(subject, ["white space"])
    assert prompt.segments[0].text.split() == text.split()
    assert wins(scenario(prompt.segments[0].text), "white space") == []


def test_also_where_words_must_stay() -> None:
    (win,) = wins(scenario(Segment("kept", "system", "One.\n\n\n\n\nTwo.    Three.", trimmable=False)), "white space")
    assert win.reason == "blank lines and spaces that say nothing, in 2 places"
    assert wins(scenario(Segment("turn", "history", "One.\n\n\n\n\nTwo.", role="user")), "white space") == []
