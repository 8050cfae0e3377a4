"""Every kind of change by name, in the order of the method, wherever in a text it stands."""

import pytest

from optlab.stats.breaker import differing_words, first_difference, kind_of_change

CASES = [
    ("same", "a b", "a b"),
    ("whitespace", "a b\nc", "a  b c"),
    ("json_key_order", '{"a": 1, "b": {"x": 2, "y": 3}}', '{"b": {"y": 3, "x": 2}, "a": 1}'),
    ("json_key_order", 'Customer: {"a": 1, "b": 2}.', 'Customer: {"b": 2, "a": 1}.'),
    ("line_order", "- one\n- two\n- three", "- three\n- one\n- two"),
    ("iso_timestamp", "Now 2026-11-22T10:00:00Z.", "Now 2026-11-23T11:07:59Z."),
    ("iso_timestamp", "Now 2026-11-22 10:00:00.123456+01:00", "Now 2026-11-22 10:00:01.5+01:00"),
    ("uuid", "id 550e8400-e29b-41d4-a716-446655440000", "id 123e4567-e89b-12d3-a456-426614174000"),
    ("date", "Today is 2026-11-22.", "Today is 2026-11-23."),
    ("date", "Today is Sunday, November 22, 2026.", "Today is Monday, November 23, 2026."),
    ("date", "Stand: 22.11.2026", "Stand: 1.12.2026"),
    ("epoch", "at 1763800000", "at 1763800417"),
    ("epoch", "at 1763800000123 ms", "at 1763800417999 ms"),
    ("clock", "It is 9:59 now", "It is 10:42 now"),
    ("clock", "It is 10:42:01 AM", "It is 10:42:07 PM"),
    ("hex_id", "req_011CSHoE", "req_77QXabcd"),
    ("hex_id", "trace deadbeefcafe00ff", "trace 0123456789abcdef"),
    ("number", "You have 3 open orders.", "You have 12 open orders."),
    ("content", "You help Ann.", "You help Bob."),
    ("content", "3 apples", "3 pears"),
    ("number", "call 0123456789", "call 0123456780"),
]
RULES = "Be kind, precise and short. Never promise what the shop cannot keep.\n" * 300


@pytest.mark.parametrize(("kind", "before", "after"), CASES)
def test_each_kind_is_named_alone_and_inside_a_long_text(kind: str, before: str, after: str) -> None:
    assert kind_of_change(before, after) == kind
    assert kind_of_change(after, before) == kind
    assert kind_of_change(f"{RULES}{before}\n{RULES}", f"{RULES}{after}\n{RULES}") == kind


def test_several_changes_are_named_by_the_last_mask_that_is_needed() -> None:
    before = "At 2026-11-22T10:00:00Z for 550e8400-e29b-41d4-a716-446655440000"
    after = "At 2026-11-22T10:00:01Z for 123e4567-e89b-12d3-a456-426614174000"
    assert kind_of_change(before, after) == "uuid"
    assert kind_of_change(f"{before}, order 1", f"{after}, order 2") == "number"
    assert kind_of_change(f"{before}, Ann", f"{after}, Bob") == "content"


def test_json_inside_text_must_be_equal_to_differ_in_order_alone() -> None:
    assert kind_of_change('C: {"a": 12, "b": 2}', 'C: {"b": 12, "a": 2}') == "content"
    assert kind_of_change('C: {"a": [1, 2]}', 'C: {"a": [2, 1]}') == "number"
    assert kind_of_change('{"a": true}', '{"a": 1}') == "content"


@pytest.mark.parametrize("piece", ["{", "[", "\ud800", "\x00", "1:", "2026-11-22T", "é "])
def test_hostile_texts_are_survived(piece: str) -> None:
    long = piece * 100_000
    assert kind_of_change(long + "Ann", long + "Bob") == "content"
    assert kind_of_change("", long) in ("content", "number", "whitespace")


def test_the_first_differing_words() -> None:
    assert first_difference("abcd", "abxd") == 2
    assert first_difference("ab", "abc") == 2
    assert differing_words(RULES + "It is 10:42 in Rome.", RULES + "It is 10:43 in Rome.") == (
        "10:42 in Rome.",
        "10:43 in Rome.",
    )
    before, after = differing_words("x" * 500 + "1 and more", "x" * 500 + "2 and more")
    assert (before, after) == ("1 and more", "2 and more"), "no word of 500 letters is shown"
    assert differing_words("one", "one two") == ("one", "one two")
    assert len(differing_words("", RULES)[1]) <= 60
