"""Reading: pronouns, what to say where the text is silent, questions that need no reckoning; keys a prompt lists."""

import json
import random

import pytest

from optlab.simulator.model import Desk, Prompt, answer, shaped


def answers(question: str, system: str = "", strength: float = 1.0, n: int = 20) -> list[str]:
    return [answer(Prompt(system, "", question, strength=strength), random.Random(i)) for i in range(n)]


def test_a_sentence_that_begins_with_a_pronoun_keeps_its_subject() -> None:
    text = "The Orva theatre was closed in 1962. It was restored by the architect Lena Moss.\n"
    asked = "Who restored the Orva theatre?"
    assert sum("Lena Moss" in t for t in answers(text + asked)) >= 17
    cut = "The Orva theatre was closed in 1962.\n"
    assert not any("Lena Moss" in t for t in answers(cut + asked))


@pytest.mark.parametrize(
    "rule", ["If the text does not say, answer NOT STATED.", 'If it is not in the text, say "NOT STATED".']
)
def test_the_words_for_a_silent_text_are_used_only_where_it_is_silent(rule: str) -> None:
    text = "The library has two floors. The roof was painted by Ola Brandt."
    assert answers(f"{text}\nWho runs the cafe? {rule}").count("NOT STATED") >= 18
    assert sum("Ola Brandt" in t for t in answers(f"{text}\nWho painted the roof? {rule}")) >= 16


def test_what_the_text_states_is_read_and_not_reckoned() -> None:
    text = "We open at 8. Complaints are answered within 5 days. Gifts cost 3 euros.\n"
    found = answers(text + "How many days does it take until complaints are answered?")
    assert sum("5" in t and "=" not in t for t in found) >= 16


def test_labelled_context_and_question_are_told_apart() -> None:
    found = answers("Context: The bill was drafted by Pia Holm and signed by Jon Ek.\nQuestion: Who signed the bill?")
    assert sum("Jon Ek" in t for t in found) >= 16


def test_keys_are_those_that_are_listed() -> None:
    asked = "Extract title and author, as JSON with the keys title, author, year. JSON only."
    asked += "\nText: Lena Orr wrote it in 1987."
    found = [json.loads(t) for t in answers(asked)]
    assert all(set(f) == {"title", "author", "year"} for f in found)
    assert sum(f["author"] == "Lena Orr" for f in found) >= 14


def test_things_of_a_list_keep_their_counts_and_prices() -> None:
    line = {"name": {"type": "string"}, "quantity": {"type": "integer"}, "unit_price": {"type": "number"}}
    wanted = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": {"type": "object", "properties": line, "required": list(line)}},
            "paid": {"type": "boolean"},
            "confidence": {"type": "number"},
        },
        "required": ["items", "paid", "confidence"],
    }
    prompt = Prompt("", "", "Jan Kok bought 4 mugs at 6.50 each and 2 plates at 9.25 each. He has paid.", strength=4.0)
    found = shaped(wanted, Desk(prompt, random.Random(1)))
    assert isinstance(found, dict)
    assert found["items"] == [
        {"name": "mugs", "quantity": 4, "unit_price": 6.5},
        {"name": "plates", "quantity": 2, "unit_price": 9.25},
    ]
    assert found["paid"] is True
    assert 0.0 <= found["confidence"] <= 1.0
