"""Two prompts as a unified diff, segment by segment."""

import msgspec

from optlab.core.prompt import Prompt, Segment
from optlab.cuts.difference import prompt_diff

RULES = Segment("rules", "system", "One.\nTwo.\nThree.\n")
CLOCK = Segment("clock", "system", "It is {now}.")
ASK = Segment("ask", "user", "Why?")
PROMPT = Prompt((RULES, CLOCK, ASK))


def test_nothing_changed() -> None:
    assert prompt_diff(PROMPT, PROMPT) == ""
    off = PROMPT.switched("clock", False)
    edited = Prompt((off.segments[0], msgspec.structs.replace(off.segments[1], text="Else."), off.segments[2]))
    assert prompt_diff(off, edited) == ""  # neither sends it


def test_a_changed_line() -> None:
    after = Prompt((msgspec.structs.replace(RULES, text="One.\nThree.\n"), CLOCK, ASK))
    assert prompt_diff(PROMPT, after) == (
        "--- system/rules\n+++ system/rules\n@@ -1,3 +1,2 @@\n One.\n-Two.\n Three.\n"
    )


def test_a_segment_that_is_switched_off_or_new() -> None:
    assert prompt_diff(PROMPT, PROMPT.switched("clock", False)) == (
        "--- system/clock\n+++ /dev/null\n@@ -1 +0,0 @@\n-It is {now}.\n\\ No newline at end of file\n"
    )
    added = Prompt((*PROMPT.segments, Segment("more", "user", "Tell me.\n")))
    assert prompt_diff(PROMPT, added) == "--- /dev/null\n+++ user/more\n@@ -0,0 +1 @@\n+Tell me.\n"


def test_a_segment_that_moved() -> None:
    moved = Prompt((RULES, msgspec.structs.replace(CLOCK, where="user"), ASK))
    assert prompt_diff(PROMPT, moved) == "rename from system/clock\nrename to user/clock\n"
    turned = Prompt((CLOCK, RULES, ASK))
    assert prompt_diff(PROMPT, turned) == "order of segments: clock, rules, ask\n"


def test_line_ends_are_part_of_lines() -> None:
    before = Prompt((Segment("a", "user", "x\r\ny"),))
    after = Prompt((Segment("a", "user", "x\ny\n"),))
    assert prompt_diff(before, after) == (
        "--- user/a\n+++ user/a\n@@ -1,2 +1,2 @@\n-x\r\n-y\n\\ No newline at end of file\n+x\n+y\n"
    )


def test_names_stay_on_their_line() -> None:
    before = Prompt((Segment("a\n+++ b", "user", "x\n"),))
    after = Prompt((Segment("a\n+++ b", "user", "y\n"),))
    assert prompt_diff(before, after).splitlines()[:2] == ["--- user/a +++ b", "+++ user/a +++ b"]
