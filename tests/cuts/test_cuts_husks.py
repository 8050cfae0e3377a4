"""Tags all of whose content is cut go as well; what was empty before, or holds more, stays."""

import pytest

from optlab.core.prompt import Prompt, Segment
from optlab.cuts.pieces import husks, pieces, without
from optlab.cuts.splitting import By

RULES = """Follow these.

<rules>
- Be warm.
- Be brief.
</rules>

<tone kind="plain">
<must>
- Say please.
</must>
</tone>

Then answer.
"""


def cut(text: str, *words: str, by: By = "bullet") -> str:
    """The text without the pieces that hold these words; empty where it is off."""
    prompt = Prompt((Segment("rules", "system", text),))
    found = pieces(prompt, {"rules": by})
    (left,) = without(prompt, [piece for piece in found if any(word in piece.text for word in words)]).segments
    return left.text if left.on else ""


def test_tags_that_hold_something_stay() -> None:
    assert cut(RULES, "warm") == RULES.replace("- Be warm.\n", "")


def test_tags_go_with_all_that_they_hold() -> None:
    left = cut(RULES, "warm", "brief")
    assert "rules>" not in left and "<tone" in left
    assert left.startswith("Follow these.\n\n<tone") and left.endswith("Then answer.\n")


def test_tags_around_tags_go_too() -> None:
    assert cut(RULES, "please") == RULES[: RULES.index("<tone")] + "Then answer.\n"
    assert cut(RULES, "Follow", "warm", "brief", "please", "Then") == ""


@pytest.mark.parametrize(
    "text",
    [
        "- a <b></b>\n- c\n",  # empty before: nobody cut it empty
        "<a>\n- x\n- y\n</b>\n",  # no pair
        "</a>\n- x\n- y\n<a>\n",
        "<a/>\n- x\n- y\n",
        "<a>\n- x\n<br/>\n- y\n</a>\n",  # another tag is left in it
    ],
)
def test_what_is_no_husk_stays(text: str) -> None:
    gone = [(text.index("- "), text.index("- ") + 4)]
    assert husks(text, gone) == ()


def test_a_pair_on_one_line_goes_and_the_words_around_it_stay() -> None:
    text = "Say <b>no more</b> than that.\n"
    ((start, end),) = husks(text, [(7, 14)])
    assert text[:start] + text[end:] == "Say than that.\n"
