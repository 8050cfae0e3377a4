"""What the model knows without a text: facts, yes and no, sentiment, lettered options; strength never hurts."""

import random

import pytest

from optlab.simulator.model import Prompt, answer

HAIKU, SONNET, OPUS = 0.0, 0.65, 1.55


def answers(question: str, strength: float = SONNET, n: int = 20, system: str = "") -> list[str]:
    return [answer(Prompt(system, "", question, strength=strength), random.Random(i)) for i in range(n)]


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("Is a dolphin a fish? Reply with yes or no only.", "No"),
        ("Is salmon a fish? Reply with yes or no only.", "Yes"),
        ("Is Madrid the capital of Italy? Yes or no?", "No"),
        ("Can penguins fly? Yes or no.", "No"),
        ("True or false: the sun is a planet.", "False"),
        ("What color is snow? Answer with one word.", "White"),
        ("What is the capital of Chile? One word only.", "Lima|Santiago"),
        ("How many days does a leap year have? Number only.", "366"),
        ("Who painted Guernica? Just the name.", "Pablo Picasso"),
        ("Which mountain is the highest? A) Etna B) Everest C) Vesuvius. Reply with the letter.", "B"),
        ("What is 7 * 8? A) 54 B) 56 C) 63\nLetter only.", "B"),
    ],
)
def test_facts_are_known_and_stronger_models_are_right_at_least_as_often(question: str, right: str) -> None:
    counts = [sum(t in right.split("|") for t in answers(question, s, 60)) for s in (HAIKU, SONNET, OPUS)]
    assert counts[1] >= 50
    assert counts[0] <= counts[1] + 1
    assert counts[1] <= counts[2] + 1


def test_what_nobody_knows_is_guessed_by_all_alike() -> None:
    asked = "Is the blarn a florp? Answer yes or no."
    yes = [answers(asked, s, 100).count("Yes") for s in (HAIKU, SONNET, OPUS)]
    assert all(30 < n < 70 for n in yes)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I am delighted, the hotel was wonderful and the staff friendly.", "Positive"),
        ("The zip broke at once. A horrible waste of money.", "Negative"),
    ],
)
@pytest.mark.parametrize(
    "asked", ["What is the sentiment of this review? Answer in one word.\nReview: {}", "Sentiment, one word only: {}"]
)
def test_a_sentiment_needs_no_list_of_labels(asked: str, text: str, label: str) -> None:
    assert answers(asked.format(text)).count(label) >= 17


def test_words_in_groups_are_told_apart_by_what_they_are() -> None:
    shown = "Word: dog\nGroup: 1\n\nWord: chair\nGroup: 2\n\nWord: horse\nGroup: 1\n\nWord: sofa\nGroup: 2\n\n"
    asked = "Put each word into group 1 or group 2.\n\n" + shown + "Word: {}\nGroup:"
    assert answers(asked.format("lion")).count("1") >= 15
    assert answers(asked.format("bed")).count("2") >= 15


def test_the_text_outweighs_memory_when_a_letter_is_chosen() -> None:
    text = "In the novel the capital of France is moved to Lyon.\n"
    asked = "Where is the capital of France moved to in the novel? A) Paris B) Nice C) Lyon\nThe letter only."
    assert answers(text + asked).count("C") >= 16
