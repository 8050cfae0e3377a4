"""Judging by a criterion in words, by qualities and by form, on one line or several, and into JSON."""

import json
import random

import pytest

from optlab.simulator.model import Prompt, answer


def verdicts(question: str, strength: float = 0.65, n: int = 20) -> list[str]:
    return [answer(Prompt("", "", question, strength=strength), random.Random(i)) for i in range(n)]


@pytest.mark.parametrize(
    ("question", "verdict"),
    [
        ("Criterion: the reply states the capital of Japan. Answer: It rains a lot. Reply PASS or FAIL.", "FAIL"),
        ("Criterion: the reply states the capital of Japan.\nAnswer: Tokyo, of course.\nReply PASS or FAIL.", "PASS"),
        ("Criteria: The response mentions the warranty.\nAnswer: Our shop is in Rome.\nReply PASS or FAIL.", "FAIL"),
        ("Criteria: The response mentions the warranty.\nAnswer: The warranty is long.\nReply PASS or FAIL.", "PASS"),
        ("Is this message friendly? Answer PASS or FAIL.\nMessage: Get lost, you stupid fool.", "FAIL"),
        ("Is this message friendly? Answer PASS or FAIL.\nMessage: Thanks a lot for your help!", "PASS"),
        ("Does the answer apologise? PASS or FAIL.\nAnswer: We are sorry for the delay.", "PASS"),
        ("Does the answer apologise? PASS or FAIL.\nAnswer: The parcel is late.", "FAIL"),
        ("Question: What is 6 * 7? Expected: 42. Given answer: 41. Reply with PASS or FAIL only.", "FAIL"),
        ("Question: What is 6 * 7? Expected: 42. Given answer: 42. Reply with PASS or FAIL only.", "PASS"),
        ("Say PASS if the text has at most 5 words, else FAIL.\nText: Come here now.", "PASS"),
        ("Say PASS if the text has at most 5 words, else FAIL.\nText: Come here now and bring your books.", "FAIL"),
        ("Grade it with PASS or FAIL.\nQuestion: What is the capital of Italy?\nAnswer: Milan", "FAIL"),
        ("Grade it with PASS or FAIL.\nQuestion: What is the capital of Italy?\nAnswer: Rome", "PASS"),
    ],
)
def test_a_verdict_follows_from_the_criterion(question: str, verdict: str) -> None:
    assert verdicts(question).count(verdict) >= 18


def test_a_verdict_in_json_holds_the_word_and_its_reason() -> None:
    asked = (
        "Question: Which month is it?\nReference: March\nAnswer: {}\n"
        'Reply with JSON only: {{"verdict": "PASS" or "FAIL", "reason": "...", "score": 0-10}}'
    )
    good, bad = (
        [json.loads(t) for t in verdicts(asked.format(answer))] for answer in ("It is March.", "It is surely August.")
    )
    assert [v["verdict"] for v in good].count("PASS") >= 18
    assert [v["verdict"] for v in bad].count("FAIL") >= 18
    assert all(set(v) == {"verdict", "reason", "score"} for v in (*good, *bad))
    assert all((v["verdict"] == "PASS") == (v["score"] > 5) for v in (*good, *bad) if v["score"] is not None)
    assert sum("March" in (v["reason"] or "") for v in bad) >= 14
