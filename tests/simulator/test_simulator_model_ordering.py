"""Small orders: carried out, never echoed nor written about; topics of essays and questions read well."""

import random

import pytest

from optlab.simulator.model import Prompt, answer
from optlab.simulator.model.asking import topic_of


def answers(question: str, n: int = 12) -> list[str]:
    return [answer(Prompt("", "", question), random.Random(i)) for i in range(n)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Repeat after me: green lamp 12", "green lamp 12"),
        ("Please say good night 7", "good night 7"),
        ("Count from 3 to 6.", "3, 4, 5, 6"),
        ("Write a Python function that finds the largest number of a list.", "return max("),
        ("Make this polite: Close the door now.", "close the door as soon as you can?"),
        ("Draft an email to a guest whose room is not ready.", "Dear Guest,"),
        ("Hello, what is your name?", "AI"),
    ],
)
def test_small_orders_are_carried_out(asked: str, said: str) -> None:
    assert all(said in text for text in answers(asked))


def test_things_are_named_in_the_number_asked_for() -> None:
    assert all(len(text.split(",")) == 4 for text in answers("Name four animals."))


def test_a_text_behind_a_colon_is_summarised() -> None:
    text = "The school bought new lamps. They save power. The old ones went to a museum."
    assert all(said in text for said in answers(f"Summarize in one sentence: {text}"))


def test_numbered_lists_have_numbers() -> None:
    assert all(
        text.splitlines()[-1][:2] in ("2.", "3.", "4.") for text in answers("Give three tips to save energy, numbered.")
    )


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Write an article of about 200 words about the moon.", "the moon"),
        ("Write a two-paragraph essay on public transport.", "public transport"),
        ("How is bread baked?", "bread"),
        ("How are bridges built?", "bridges"),
        ("Why is the sea salty?", "the sea"),
        ("How do I reset my router?", "resetting my router"),
    ],
)  # fmt: skip
def test_topics_read_as_topics(question: str, topic: str) -> None:
    assert topic_of(question) == topic
