"""Examples that no sample needs: known only where every sample says what it expects."""

import msgspec
import pytest
from cut_builders import cut_words, scenario, wins

from optlab.core.prompt import Segment
from optlab.core.scenario import CheckSpec, Sample, Scenario
from optlab.cuts.wins.expected import Expected

SHOTS = """Ticket: I was charged twice.
Label: billing

Ticket: Where is my parcel?
Label: shipping

Ticket: The app crashes.
Label: technical
"""


def expecting(kind: str, *settings: dict[str, object], of: int = 12) -> Scenario:
    """Samples that expect something by one kind of check, in turn."""
    rows = tuple(
        Sample(f"n{i}", {"question": f"q{i}"}, (CheckSpec(kind, dict(settings[i % len(settings)])),)) for i in range(of)
    )
    return msgspec.structs.replace(scenario(SHOTS), samples=rows)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("equals", [{"value": "billing"}, {"value": "Shipping"}]),
        ("equals", [{"one_of": ["billing", "shipping"]}]),
        ("contains", [{"any": ["billing", "ship"]}]),
        ("contains", [{"all": ["billing"]}, {"all": ["shipping"]}]),
        ("regex", [{"pattern": r"\A(?:billing|shipping)\Z"}]),
        ("regex", [{"pattern": r"\bbilling\b"}, {"pattern": "shipping"}]),
    ],
)
def test_an_answer_that_no_sample_expects(kind: str, settings: list[dict[str, object]]) -> None:
    (win,) = wins(expecting(kind, *settings), "example")
    assert win.reason == "none of the 12 samples expects 'technical'"
    assert (
        win.apply(expecting(kind, *settings).prompt).segments[0].text == SHOTS[: SHOTS.index("\n\nTicket: The")] + "\n"
    )


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("equals", [{"value": "billing"}, {"value": "shipping"}, {"value": "technical"}]),
        ("equals", [{"value": "yes"}]),  # none of the examples' answers: they show something else
        ("regex", [{"pattern": r"^\w+$"}, {"pattern": "billing"}]),
        ("regex", [{"pattern": ".*ing"}]),
        ("regex", [{"pattern": "[a-z]+"}]),
        ("contains", [{"none": ["sorry"]}, {"any": ["billing"]}]),
        ("length", [{"max": 3}]),
        ("judge", [{"model": "m", "rubric": "r"}]),
        ("fields", [{"expected": {"label": "billing"}}]),
    ],
)
def test_what_samples_may_expect_stays(kind: str, settings: list[dict[str, object]]) -> None:
    assert wins(expecting(kind, *settings), "example") == []


def test_one_sample_that_does_not_say_is_enough() -> None:
    subject = expecting("equals", {"value": "billing"})
    silent = (*subject.samples, Sample("silent", {"question": "q"}))
    assert wins(msgspec.structs.replace(subject, samples=silent), "example") == []


def test_few_samples_miss_answers_by_chance() -> None:
    assert len(wins(expecting("equals", {"value": "billing"}, of=6), "example")) == 2
    assert wins(expecting("equals", {"value": "billing"}, of=5), "example") == []


def test_numbers_are_compared_as_numbers() -> None:
    shots = "Q: 2+2\nA: 4\n\nQ: 3+3\nA: $6.00\n\nQ: 4+4\nA: 8\n"
    rows = tuple(Sample(f"n{i}", {}, (CheckSpec("numeric", {"value": 4 + 2 * (i % 2)}),)) for i in range(12))
    subject = msgspec.structs.replace(scenario(shots), samples=rows)
    assert cut_words(subject, "example") == ["Q: 4+4\nA: 8"]


def test_arrows_and_tags() -> None:
    arrows = "- I was charged twice -> billing\n- Where is it? -> shipping\n- It crashes -> technical\n"
    tags = "".join(
        f"<example>\n<input>{asked}</input>\n<output>{label}</output>\n</example>\n"
        for asked, label in (("I was charged", "billing"), ("Where is it?", "shipping"), ("It crashes", "technical"))
    )
    for shots in (arrows, tags):
        subject = scenario(shots, labels=("billing", "shipping"))
        (words,) = cut_words(subject, "example")
        assert "technical" in words and "shipping" not in words


def test_an_example_that_shows_the_same_again() -> None:
    more = "Ticket: My card was declined.\nLabel: billing\n\nTicket: Where is my big parcel?\nLabel: shipping\n"
    subject = scenario(SHOTS, more)
    (win,) = wins(subject, "example")
    assert win.edits[0].before.strip() == "Ticket: Where is my big parcel?\nLabel: shipping"
    assert win.keep[0].text == "Ticket: Where is my parcel?\nLabel: shipping"
    assert "nearly the same as another example in 's1', with the same answer 'shipping'" in win.reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Is $50 over the limit?\nA: no", "Is $500 over the limit?\nA: no"),
        ("The parcel has arrived\nA: shipping", "The parcel has not arrived\nA: shipping"),
        ("The parcel has arrived\nA: shipping", "The parcel has arrived\nA: other"),
        ("My card was declined\nA: billing", "Please send an invoice\nA: billing"),
    ],
)
def test_examples_that_differ_in_what_counts_stay(one: str, other: str) -> None:
    assert wins(scenario(f"Q: {one}\n\nQ: {other}\n"), "example") == []


def test_what_must_stay_stays() -> None:
    kept = Segment("kept", "system", SHOTS, trimmable=False)
    assert wins(scenario(kept, kept.text, labels=("billing", "shipping", "technical")), "example") != []
    assert wins(scenario(kept, labels=("billing", "shipping")), "example") == []


def test_nothing_is_expected_of_no_samples() -> None:
    assert not Expected(msgspec.structs.replace(scenario("x"), samples=())).known
