"""What breaks a cache is offered to move behind what is stable; what only looks like a moment stays where it is."""

import msgspec
import pytest
from cut_builders import scenario, wins

from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Sample, Scenario
from optlab.cuts.prefix import stable_prefix
from optlab.cuts.wins import take_all

LONG = "".join(f"Rule {i}: parcels of kind {i} are handled by desk {i}.\n" for i in range(120))
ASK = Segment("ask", "user", "Ticket: {question}\nLabel:")


def with_values(subject: Scenario, *values: dict[str, str]) -> Scenario:
    rows = tuple(Sample(f"n{i}", {"question": f"q{i}", **more}) for i, more in enumerate(values))
    return msgspec.structs.replace(subject, samples=rows)


def test_a_clock_in_front_moves_as_a_whole_in_front_of_the_question() -> None:
    clock = Segment("clock", "system", "It is {now}.")
    subject = with_values(scenario(clock, LONG, ASK), {"now": "9:00"}, {"now": "9:01"})
    (win,) = wins(subject, "cache")
    after = win.apply(subject.prompt)
    assert [(s.name, s.where) for s in after.segments] == [("s2", "system"), ("clock", "user"), ("ask", "user")]
    prefix = stable_prefix(subject, after)
    assert (win.tokens, win.cacheable) == (0, prefix.tokens)
    assert prefix.reaches and stable_prefix(subject, subject.prompt).tokens == 0
    assert win.segments == ("clock",)
    assert "{now}, which has 2 values in 2 samples" in win.reason
    assert f"{prefix.tokens:,} tokens in a row stay the same instead of 0, above the 1,024" in win.reason


def test_a_sentence_of_a_long_text_moves_alone() -> None:
    subject = with_values(
        scenario(f"Be brief. Today is {{day}}. Be kind.\n\n{LONG}", ASK), {"day": "Mo"}, {"day": "Tu"}
    )
    (win,) = wins(subject, "cache")
    after = win.apply(subject.prompt)
    assert after.segments[0].text == f"Be brief. Be kind.\n\n{LONG}"
    assert after.segments[1] == Segment("s1 moved", "user", "Today is {day}.")
    assert "s1 moved" not in str(win.apply(subject.prompt).segments[0])
    with pytest.raises(ValueError, match="look for wins again"):
        win.apply(after)


def test_a_document_moves_with_its_tags() -> None:
    text = f"Read this.\n<document>\n{{doc}}\nMore. And more.\n</document>\n{LONG}"
    subject = with_values(scenario(text, ASK), {"doc": "a"}, {"doc": "b"})
    (win,) = wins(subject, "cache")
    assert win.apply(subject.prompt).segments[1].text == "<document>\n{doc}\nMore. And more.\n</document>"


@pytest.mark.parametrize(
    "words",
    [
        "Current date: 2026-03-01",
        "Today is Monday, March 2, 2026.",
        "The current time is 10:42.",
        "Timestamp: 2026-03-01T10:42:00Z",
        "Date: 01.03.2026",
        "Request ID: 123e4567-e89b-42d3-a456-426614174000",
        "session 0123456789abcdef01",
        "Trace: req_abcd1234efgh",
    ],
)
def test_moments_and_ids_said_to_be_of_now(words: str) -> None:
    (win,) = wins(scenario(f"{words}\n{LONG}"), "cache")
    assert "written into the prompt" in win.reason
    assert win.placed is not None and win.placed.segment.text == words


@pytest.mark.parametrize(
    "words",
    [
        "The policy changed on 2024-01-01.",
        "The release date of the product was 2024-01-01.",
        "The shop opens at 10:00 and closes at 18:30.",
        "Use the workspace 123e4567-e89b-42d3-a456-426614174000.",
        "Write dates as 2026-03-01 and times as 10:42.",
        "As of 2024-01-01 the fee is 5 euros.",
        "Call 1512345678 for help.",
    ],
)
def test_lasting_dates_and_ids_stay(words: str) -> None:
    assert wins(scenario(f"{words}\n{LONG}"), "cache") == []


def test_two_in_a_row_are_counted_together() -> None:
    subject = with_values(
        scenario("It is {now}.", "You talk to {name}.", LONG, ASK),
        {"now": "9:00", "name": "A"},
        {"now": "9:01", "name": "B"},
    )
    first, second = wins(subject, "cache")
    assert first.cacheable == second.cacheable
    assert all("with 1 more such part moved" in win.reason for win in (first, second))
    prompt, taken = take_all(subject, ["cache"])
    assert len(taken) == 2 and stable_prefix(subject, prompt).tokens == first.cacheable


def test_no_offer_without_a_long_rest_or_where_a_text_is_made_of_it() -> None:
    values = [{"now": "9:00"}, {"now": "9:01"}]
    assert wins(with_values(scenario("It is {now}.", "Be brief.", ASK), *values), "cache") == []
    assert wins(with_values(scenario(LONG, "It is {now}.", ASK), *values), "cache") == []
    everywhere = "".join(f"Rule {i} holds at {{now}} in all the shops that we have.\n" for i in range(100))
    assert wins(with_values(scenario(everywhere, LONG, ASK), *values), "cache") == []
    assert wins(with_values(scenario("You serve {shop}.", LONG, ASK), {"shop": "A"}, {"shop": "A"}), "cache") == []
    assert wins(with_values(scenario("It is {now}.", LONG, ASK), {"now": "9:00"}, {"now": "9:00"}), "cache") != []


def test_below_the_minimum_is_said() -> None:
    subject = with_values(scenario("It is {now}.", LONG[:1500], ASK), {"now": "9:00"}, {"now": "9:01"})
    (win,) = wins(subject, "cache")
    assert "still below the 1,024 the model caches from" in win.reason
    unknown = msgspec.structs.replace(subject, model="somebody-elses")
    assert "the model caches from" not in wins(unknown, "cache")[0].reason


def test_a_tool_that_changes_goes_behind_the_others() -> None:
    changing = Segment("today", "tools", '{"name": "today", "description": "It is {now}."}')
    stable = Segment("find", "tools", f'{{"name": "find", "description": "{" ".join(LONG.split())}"}}')
    subject = with_values(scenario(changing, stable, "Be brief.", ASK), {"now": "9:00"}, {"now": "9:01"})
    (win,) = wins(subject, "cache")
    assert [s.name for s in win.apply(subject.prompt).segments] == ["find", "today", "s3", "ask"]
    assert "moved behind the other tools" in win.reason
    assert wins(with_values(scenario(changing, LONG, ASK), {"now": "9:00"}, {"now": "9:01"}), "cache") == []


def test_history_stays_in_front_of_what_moved() -> None:
    old = Segment("old", "history", "Hello.", role="user")
    first = Segment("form", "user", "Fill in the form.")
    subject = with_values(scenario("It is {now}.", LONG, old, first, ASK), {"now": "9:00"}, {"now": "9:01"})
    prompt, _ = take_all(subject, ["cache"])
    assert [s.name for s in prompt.segments] == ["s2", "old", "form", "s1", "ask"]


def test_a_prefix_counts_whole_segments_in_the_order_in_which_they_are_sent() -> None:
    tools = Segment("t", "tools", '{"name": "a"}')
    prompt = Prompt((ASK, Segment("s", "system", "Be brief."), tools))
    found = stable_prefix(scenario("x"), prompt)
    assert (found.breaks_at, found.minimum, found.reaches) == ("ask", 1024, False)
    assert stable_prefix(scenario("x"), Prompt((tools, ASK))).tokens < found.tokens


@pytest.mark.parametrize(
    ("values", "how"),
    [
        (['{"a": 1, "b": [1, 2]}', '{"b": [1, 2], "a": 1}'], "sorted keys"),
        (['{"a": [1, 2]}', '{"a": [2, 1]}'], "lists in another order"),
        (['{"a": 1}', '{"a": 2}'], ""),
        (["{not json", "{json not"], ""),
        (['{"b": 1, "a": 2}'], ""),
    ],
)
def test_json_in_another_order_is_told_where_it_comes_from_a_variable(values: list[str], how: str) -> None:
    subject = with_values(scenario("Stock: {stock}", ASK), *({"stock": value} for value in values))
    found = wins(subject, "key order")
    assert [how in win.reason for win in found] == ([True] if how else [])
    for win in found:
        assert win.segments == ("s1",) and not win.can_be_applied
        with pytest.raises(ValueError, match="where a variable of 's1' is made"):
            win.apply(subject.prompt)


def test_json_written_into_the_prompt_is_left_alone() -> None:
    assert wins(scenario('Stock: {"b": 1, "a": 2}', Segment("t", "tools", '{"name": "b", "a": 1}')), "key order") == []
