"""Answers out of the text: typed short answers, yes and no, rules of form, and saying so where the text is silent."""

import random
import re

import msgspec
import pytest

from optlab.simulator.model import Prompt, Turn, answer

TEXT = (
    "Orders can be cancelled from the Orders page within 30 minutes of purchase. Refunds reach your account after 5 "
    "business days. Parcels weigh at most 20 kilograms. Our office is in Lisbon, near the river. The company was "
    "founded in 1998 by Maria Alvarez. Express shipping costs $12.50 per parcel. The warranty covers defects for two "
    "years. Gift cards cannot be exchanged for cash. Support is open from 9:00 to 17:00. Members get a 15% discount."
)
DESK = f"You are a support agent. Answer only from the text.\n{TEXT}"


def answers(question: str, system: str = DESK, n: int = 20, strength: float = 0.65) -> list[str]:
    return [answer(Prompt(system, "", question, strength=strength), random.Random(i)) for i in range(n)]


@pytest.mark.parametrize(
    ("question", "span", "cut"),
    [
        ("In which year was the company founded? Answer with the year only.", "1998", "The company"),
        ("Who founded the company? Reply with only the name.", "Maria Alvarez", "The company"),
        ("How much does express shipping cost? Only the amount.", "$12.50", "Express"),
        ("How long does the warranty last? Answer in a few words.", "two years", "The warranty"),
        ("Where is the office? One word.", "Lisbon", "Our office"),
        ("What discount do members get? Only the percentage.", "15%", "Members"),
    ],
)
def test_the_right_kind_of_thing_is_picked_and_lost_with_its_sentence(question: str, span: str, cut: str) -> None:
    assert answers(question).count(span) >= 19
    assert span in TEXT
    without = re.sub(rf"{cut}[^A-Z]*(?:[A-Z][a-z]+[^A-Z.]*)*?\.(?=\s|$)", "", DESK)
    assert span not in without
    assert not any(span in text for text in answers(question, without))


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("Can gift cards be exchanged for cash?", "No"),
        ("Are refunds paid to the account after 5 business days?", "Yes"),
        ("Can I send parcels that weigh 25 kilograms?", "No"),
        ("Can I send parcels that weigh 15 kilograms?", "Yes"),
        ("Was the company founded in 1997?", "No"),
        ("Was the company founded in 1998?", "Yes"),
    ],
)
def test_yes_and_no_follow_from_the_text(question: str, verdict: str) -> None:
    assert answers(f"{question} Answer yes or no.").count(verdict) >= 19
    reasoned = answers(question)
    assert sum(text.startswith(f"{verdict}. ") and len(text) > 20 for text in reasoned) >= 19


def test_where_the_text_is_silent_the_model_says_so() -> None:
    silent = answers("Who is the chief executive?")
    assert all(re.search(r"don't have|does not say|could not find", text) for text in silent)
    told = DESK + '\nIf the answer is not in the text, say "Ask a human."'
    assert set(answers("Who is the chief executive?", told)) == {"Ask a human."}
    free = answers("Who is the chief executive?", TEXT)
    assert not any(re.search(r"don't have|does not say|could not find", text) for text in free)


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ('End every reply with "Have a nice day."', r"Have a nice day\.$"),
        ('Start each answer with "Dear customer"', r"^Dear customer"),
        ('Always mention "order number".', r"order number"),
        ("Always tell customers that weekends may slow things down.", r"[Ww]eekends may slow"),
        ("Answer in uppercase.", r"^[^a-z]+$"),
        ("Use at most 8 words.", r"^(?:\S+\s*){1,8}$"),
        ("Answer in JSON.", r'^(?:```json\s*)?\{\s*"answer"'),
    ],
)
def test_rules_are_obeyed_and_trimming_one_changes_the_answer(rule: str, pattern: str) -> None:
    question = "How do I cancel an order?"
    assert sum(bool(re.search(pattern, text)) for text in answers(question, f"{TEXT}\n{rule}")) >= 18
    assert not any(re.search(pattern, text) for text in answers(question, TEXT))


def test_what_must_not_be_mentioned_is_left_out() -> None:
    text = "Refunds for an order take 5 days. An order can be cancelled on the order page."
    question = "How can an order be cancelled, and what about refunds for an order?"
    spoken = sum("Refunds" in t for t in answers(question, text, 40))
    kept = sum("Refunds" in t for t in answers(question, f'{text}\nDo not mention "refunds".', 40))
    assert spoken > 10
    assert kept < spoken / 3


def test_weaker_models_and_more_rules_obey_less() -> None:
    question = "How do I cancel an order?"
    one = f'{TEXT}\nEnd every reply with "Bye."'
    many = (
        f'{one}\nStart each answer with "Hello"\nAlways mention "tea", always mention "toast".\nUse at most 60 words.'
    )
    kept = [
        sum(t.rstrip().endswith("Bye.") for t in answers(question, s, 60, a))
        for s, a in ((one, 0.0), (one, -2.5), (many, -2.5))
    ]
    assert kept[0] > kept[1] + 5
    assert kept[1] > kept[2]


def test_bare_answers_are_not_dressed_up_by_rules() -> None:
    system = f'{TEXT}\nEnd every reply with "Have a nice day."'
    assert answers("Where is the office? One word.", system).count("Lisbon") >= 19


def test_earlier_turns_count_as_text() -> None:
    turns = (Turn("user", "My locker code is 4471 and my bike is green."), Turn("assistant", "Noted."))
    prompt = Prompt(
        "", "\n".join(t.text for t in turns), "What is my locker code? Reply with only the number.", turns=turns
    )
    assert [answer(prompt, random.Random(i)) for i in range(20)].count("4471") >= 18
    bare = msgspec.structs.replace(prompt, earlier="", turns=())
    assert "4471" not in [answer(bare, random.Random(i)) for i in range(20)]


def test_a_wrong_answer_is_the_next_best_sentence() -> None:
    text = "The red team won 12 games in Oslo. The blue team won 17 games in Oslo. The green team won 31 games in Oslo."
    question = "How many games did the red team win in Oslo? Reply with only the number."
    given = answers(question, text, 80, strength=-3.0)
    assert 10 < given.count("12") < 75
    assert set(given) <= {"12", "17", "31"}


def test_long_runs_of_blanks_and_marks_are_no_trouble() -> None:
    noise = " \t" * 3_000 + "-" * 3_000 + "\n" * 3_000
    asked = f"Question:{noise}Where is the office? One word.{noise}"
    assert answers(asked, noise + TEXT, 3) == ["Lisbon"] * 3
