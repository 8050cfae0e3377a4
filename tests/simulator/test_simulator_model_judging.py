"""Verdicts: they follow from real agreement, in the words asked for, and go wrong more often for weaker models."""

import random
import statistics

import pytest

from optlab.simulator.model import Prompt, answer
from optlab.simulator.model.skills.exhibits import case_of

SOURCE = (
    "Orders can be cancelled from the Orders page within 30 minutes of purchase. Refunds reach your account after 5 "
    "business days. Parcels weigh at most 20 kilograms. Gift cards cannot be exchanged for cash."
)
ASKED = "How do I cancel an order?"


def verdicts(
    question: str, system: str = "You are a grader. Reply PASS or FAIL.", strength: float = 0.65, n: int = 20
) -> list[str]:
    return [answer(Prompt(system, "", question, strength=strength), random.Random(i)) for i in range(n)]


def sourced(candidate: str) -> str:
    return f"Source:\n{SOURCE}\n\nQuestion: {ASKED}\n\nAnswer: {candidate}\n\nReply with PASS or FAIL only."


@pytest.mark.parametrize(
    ("candidate", "verdict"),
    [
        ("Within 30 minutes, from the Orders page.", "PASS"),
        ("You can cancel it on the Orders page within 30 minutes of purchase.", "PASS"),
        ("You can cancel any time by phone.", "FAIL"),
        ("Orders can be cancelled from the Orders page within 60 minutes of purchase.", "FAIL"),
        ("Orders cannot be cancelled from the Orders page within 30 minutes of purchase.", "FAIL"),
        ("Orders can be cancelled from the", "FAIL"),
        ("", "FAIL"),
    ],
)
def test_the_verdict_follows_from_the_source(candidate: str, verdict: str) -> None:
    assert verdicts(sourced(candidate)).count(verdict) >= 18


FLOOD = "Rain fell for 3 days and the river rose over its banks."


@pytest.mark.parametrize(
    ("question", "reference", "candidate", "verdict"),
    [
        ("What is the capital of France?", "Paris", "It is Paris.", "CORRECT"),
        ("What is the capital of France?", "Paris", "It is Lyon.", "INCORRECT"),
        ("How many apples?", "42", "There are 42 apples.", "CORRECT"),
        ("How many apples?", "42", "There are 41 apples.", "INCORRECT"),
        ("Is it open?", "No", "Yes, it is open.", "INCORRECT"),
        ("Why?", FLOOD, "The river rose over its banks as rain fell for 3 days.", "CORRECT"),
        ("Why?", FLOOD, "Rain fell for 9 days and the river rose over its banks.", "INCORRECT"),
    ],
)  # fmt: skip
def test_the_verdict_follows_from_a_reference(question: str, reference: str, candidate: str, verdict: str) -> None:
    text = (
        f"Question: {question}\nReference answer: {reference}\nCandidate answer: {candidate}\n\nCORRECT or INCORRECT?"
    )
    assert verdicts(text, "You grade answers.").count(verdict) >= 18


def test_a_judge_solves_the_question_itself_where_nothing_is_given() -> None:
    problem = "Tom has 5 apples and buys 3 more. How many apples does he have?"
    for said, verdict in (("He has 8 apples.", "PASS"), ("He has 9 apples.", "FAIL")):
        text = f"<question>{problem}</question>\n<answer>{said}</answer>\nIs the answer right? Reply PASS or FAIL."
        assert verdicts(text).count(verdict) >= 18


def test_rules_are_checked() -> None:
    rules = (
        'Rules: the reply must end with "Best wishes" and must not mention "refunds". Grade the reply: PASS or FAIL.'
    )
    kept, broken = (
        "You can cancel the order today. Best wishes",
        "You can cancel the order and get refunds. Best wishes",
    )
    assert verdicts(f"Reply: {kept}", rules).count("PASS") >= 18
    assert verdicts(f"Reply: {broken}", rules).count("FAIL") >= 18


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt("", "", "Question: x?\nAnswer: y\nGrade it: PASS or FAIL."),
        Prompt("Grade the response. PASS/FAIL.", "", "User asked: x?\nAssistant replied: y"),
        Prompt("", "", "### Question: x?\n### Response: y\n\nReply PASS or FAIL."),
        Prompt("", "", "<task>x?</task><candidate>y</candidate> Judge: PASS or FAIL"),
        Prompt("", "", "**Question:** x?\n**Model answer:** y\n\nReply PASS or FAIL."),
    ],
)  # fmt: skip
def test_parts_are_found_by_common_delimiters(prompt: Prompt) -> None:
    case = case_of(prompt)
    assert case is not None
    assert (case.parts["question"], case.parts["candidate"]) == ("x?", "y")
    assert (case.good, case.bad) == ("PASS", "FAIL")


def test_the_verdict_is_one_word_unless_reasons_are_asked_for() -> None:
    assert set(verdicts(sourced("You can cancel any time by phone."))) <= {"PASS", "FAIL"}
    asked = sourced("You can cancel any time by phone.").replace(
        "with PASS or FAIL only", "PASS or FAIL and explain why"
    )
    reasons = verdicts(asked)
    assert all(len(r.split()) > 3 and r.split(".")[0] in ("PASS", "FAIL") for r in reasons)


def test_yes_or_no_and_scores() -> None:
    claim = "Claim: Gift cards can be exchanged for cash."
    text = f"Context: {SOURCE}\n{claim}\nIs the claim supported by the context? Answer yes or no."
    assert verdicts(text, "").count("No") >= 18
    scale = "Question: What is 6*7?\nAnswer: {}\n\nScore the answer from 1 to 5."
    good, bad = (statistics.fmean(int(v) for v in verdicts(scale.format(a), "")) for a in ("42", "40"))
    assert good >= 4
    assert bad <= 2


def test_judges_err_both_ways_and_stronger_ones_less() -> None:
    names = ("printer", "scanner", "laptop", "monitor", "tablet", "camera", "router", "speaker")
    rng = random.Random(8)
    facts = {n: rng.randint(10, 99) for n in names}
    towns = ("Lisbon", "Porto", "Faro", "Braga")
    lines = [f"The {n} costs {v + 7 * k} dollars in {t}." for n, v in facts.items() for k, t in enumerate(towns)]
    source = " ".join(lines)

    def errors(strength: float, *, good: bool) -> float:
        missed = 0
        for name, price in facts.items():
            said = f"I think the {name} costs {price if good else price + 1} dollars."
            question = f"What does the {name} cost in Lisbon?"
            text = f"Source: {source}\n\nQuestion: {question}\n\nAnswer: {said}\n\nReply PASS or FAIL."
            given = verdicts(text, "Grade.", strength, 25)
            missed += given.count("FAIL" if good else "PASS")
        return missed / (25 * len(facts))

    for good in (True, False):
        weak, middling, strong = (errors(s, good=good) for s in (-1.5, 0.0, 1.5))
        assert weak > middling > strong
        assert weak > 0.1


def test_a_prompt_without_a_candidate_is_no_case() -> None:
    assert case_of(Prompt("", "", "Rate this answer from 1 to 10: tea is nice.")) is None
    assert case_of(Prompt("", "", "Question: What is tea?\nAnswer:")) is None
