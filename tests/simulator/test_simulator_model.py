"""The stand-in model: shapes, lengths, answers out of the text, exact cutting, inputs that fit their schema."""

import random
import re
import statistics

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.catalogue import estimate_tokens
from optlab.simulator.model import Prompt, answer, cut_at, fill, split, thinking_tokens
from optlab.simulator.model.asking import topic_of, understand

DESK = (
    "You are a support agent. Orders can be cancelled from the Orders page within 30 minutes of purchase. "
    "Refunds reach your account after 5 business days. Parcels weigh at most 20 kilograms. "
    "Our office is in Lisbon, near the river."
)


def answers(question: str, system: str = "", n: int = 60) -> list[str]:
    return [answer(Prompt(system, "", question), random.Random(i)) for i in range(n)]


def lengths(texts: list[str]) -> list[int]:
    return [len(split(t, "old")) for t in texts]


@pytest.mark.parametrize("topic", ["the history of tea", "remote work", "Hamlet"])
def test_essays_have_their_paragraphs_and_length(topic: str) -> None:
    texts = answers(f"Write a 6-paragraph essay about {topic}.")
    assert {t.count("\n\n") + 1 for t in texts} == {6}
    sizes = lengths(texts)
    assert min(sizes) >= 400
    assert 500 <= statistics.median(sizes) <= 900
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("question", ["Summarise the plot of Hamlet in 3 bullets.", "Give me three bullets on bees."])
def test_bullets(question: str) -> None:
    texts = answers(question)
    exact = [t for t in texts if len(re.findall(r"^- ", t, re.MULTILINE)) == 3]
    assert len(exact) >= 0.9 * len(texts)
    assert 90 <= statistics.median(lengths(texts)) <= 180


def test_plot_of_hamlet_is_the_plot_of_hamlet() -> None:
    text = answers("Summarise the plot of Hamlet in 3 bullets.")[0]
    assert "Claudius" in text
    assert "Ophelia" in text


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the capital of France? Answer with one word.", "Paris"),
        ("What is 17 * 23? Reply with only the number.", "391"),
        ("Is the sky blue? Answer yes or no.", None),
        ("Rate this answer from 1 to 10: tea is nice.", None),
        ("Name the topic of this text in a single word: tea is grown in hills.", None),
    ],
)
def test_short_answers_are_short(question: str, expected: str | None) -> None:
    texts = answers(question)
    assert max(lengths(texts)) < 10
    if expected:
        assert set(texts) == {expected}


def test_answers_come_from_the_text_that_bears_on_the_question() -> None:
    assert all("Orders page within 30 minutes" in t for t in answers("How do I cancel an order?", DESK, 20))
    assert all("5 business days" in t for t in answers("When do refunds reach my account?", DESK, 20))
    without = DESK.replace("Orders can be cancelled from the Orders page within 30 minutes of purchase. ", "")
    assert not any("30 minutes" in t for t in answers("How do I cancel an order?", without, 20))


def test_prose_is_about_the_topic_and_reads_as_sentences() -> None:
    for text in answers("Explain prompt caching.", n=10):
        assert "prompt caching" in text.lower()
        assert not re.search(r"[\[\]{}|]", text)
        assert all(p[0].isupper() and p[-1] in ".!?" for p in text.split("\n\n"))


def test_length_spreads_as_repeats_of_a_real_call_do() -> None:
    import math

    logs = [math.log(n) for n in lengths(answers("Write a 6-paragraph essay about tea.", n=200))]
    assert 0.1 < statistics.stdev(logs) < 0.3


@pytest.mark.parametrize(
    ("question", "shape", "count"),
    [
        ("Explain rainbows in two sentences.", "sentences", 2),
        ("Describe the sea in about 50 words.", "words", 50),
        ("List 5 short tips for sleep.", "bullets", 5),
        ("Write a four-paragraph story.", "paragraphs", 4),
        ("Reply with a single word.", "word", 1),
        ("How do I cancel an order?", "open", 0),
    ],
)
def test_what_is_asked(question: str, shape: str, count: int) -> None:
    ask = understand(Prompt("", "", question))
    assert (ask.shape, ask.count) == (shape, count)


def test_the_system_text_may_set_the_shape() -> None:
    assert understand(Prompt("Answer in two sentences.", "", "Why is the sea salty?")).shape == "sentences"


def test_topics() -> None:
    assert topic_of("Write a 6-paragraph essay about the history of tea.") == "the history of tea"
    assert topic_of("How do I change my password?") == "changing my password"
    assert topic_of("What is photosynthesis?") == "photosynthesis"
    assert topic_of("How long does standard delivery take?") == "standard delivery"
    assert topic_of("Within how many days are returns accepted?") == "returns"
    assert topic_of("How long do I have to wait?") != "I"


@given(st.text(max_size=400), st.sampled_from(["old", "new"]))
@settings(max_examples=60, deadline=None)
def test_pieces_join_to_the_text(text: str, family: str) -> None:
    pieces = split(text, family)  # type: ignore[arg-type]
    assert "".join(pieces) == text
    assert len(pieces) >= 1


def test_pieces_number_as_many_as_the_estimate() -> None:
    for family in ("old", "new"):
        for text in answers("Write a 6-paragraph essay about tea.", n=5):
            assert len(split(text, family)) == pytest.approx(estimate_tokens(text, family), rel=0.01)


def test_stop_sequence_ends_the_text_before_it() -> None:
    kept, sequence = cut_at(["One, ", "two", ", thr", "ee, four"], ["three", "zzz"])
    assert ("".join(kept), sequence) == ("One, two, ", "three")
    assert len(kept) == 4
    assert cut_at(["a"], ["b"]) == (["a"], None)


def test_thinking_grows_with_effort_and_keeps_its_budget() -> None:
    amounts = [thinking_tokens(200, e, None, random.Random(1)) for e in ("low", "medium", "high", "xhigh", "max")]
    assert amounts == sorted(amounts)
    assert amounts[4] == pytest.approx(4 * amounts[2], rel=0.02)
    assert thinking_tokens(9_000, "max", 1_024, random.Random(1)) == 1_024
    assert thinking_tokens(2, "high", None, random.Random(1)) + 2 < 50


SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 3},
        "days": {"type": "integer", "minimum": 2, "maximum": 5},
        "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "unit": {"enum": ["celsius", "kelvin"]},
        "exact": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 4},
        "place": {"$ref": "#/$defs/place"},
        "maybe": {"type": ["string", "null"]},
        "free": {},
    },
    "required": ["city", "days", "share", "unit", "exact", "tags", "place", "maybe"],
    "$defs": {"place": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}},
}


@pytest.mark.parametrize("seed", range(20))
def test_filled_values_fit_the_schema(seed: int) -> None:
    jsonschema.validate(fill(SCHEMA, "Weather in Paris for three days", random.Random(seed)), SCHEMA)
