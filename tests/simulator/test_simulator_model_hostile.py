"""Texts that were written to hurt: none may hold the simulator up, and none may make it fail.

The limit of ten seconds is one that only a defect reaches: a pattern that backtracks takes minutes on such a text.
"""

import random
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from optlab.simulator.model import Desk, Prompt, answer, shaped, split

SIZE = 60_000
GRADER = "You are a grader. Reply PASS or FAIL.\n\n"


def much(part: str) -> str:
    return part * (SIZE // len(part))


def asked(question: str, system: str = "") -> Prompt:
    return Prompt(system, "", question, "", 0.65)


@pytest.fixture(autouse=True)
def limit() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError("no answer within ten seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 10)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "prompt",
    [
        asked(much("\n ") + "x"),
        asked("hi " + "a" * SIZE + " b c d"),
        asked("no " + "a" * SIZE + " b c d"),
        asked("=" + "\u00a0" * SIZE + "x"),
        asked("Classify as one of: red, green, blue.\n\n" + much("is this ")),
        asked("Classify as one of: red, green, blue.\n\n" + "“" * SIZE),
        asked("Return JSON with " + ", ".join(f"k{i}" for i in range(25)) + "!"),
        asked("Return JSON with " + ", ".join(f"k{i}" for i in range(32)) + " (use null)"),
        asked("Reply with only the number. " + much("capital of ")),
        asked(GRADER + "Answer:\nyes indeed\nscore " + much("pass fail ")),
        asked(GRADER + "Question: " + much("Tom has 5 apples and ") + " how many?\n\nAnswer: 5"),
        asked("How heavy is the box? Short answer.", "The heavy box " + much("123,456,")),
        asked("What is the order number? Short answer.", "The order number " + much("A-")),
        asked("Who met alice? Short answer.", much("alice met Bob and ")),
        asked("When is the refund paid?", "The refund is paid on Monday" + "!" * SIZE),
        asked("What is tea?", much('end with with with with "')),
        asked("Explain tea in 99999 sentences."),
        asked("Write 99999 paragraphs on Hamlet."),
        asked("What is " + "9" * SIZE + " + 1?"),
        asked("What is " + "(" * SIZE + "1+1?"),
        asked("Classify. one of: a1, b1\n" + much("<a><b>")),
    ],
    ids=range(21),
)
def test_no_text_holds_the_simulator_up(prompt: Prompt) -> None:
    assert split(answer(prompt, random.Random(1)), "new")


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "object", "properties": {f"total{i}": {"type": "number"} for i in range(30)}}, much("12:30 ")),
        ({"type": "object", "properties": {f"name{i}": {"type": "string"} for i in range(30)}}, much("ab cd: ef\n")),
        (
            {
                "type": "object",
                "properties": {"x": {"type": "string", "pattern": "^(((a{200}){200}){200})$"}},
                "required": ["x"],
            },
            "hello",
        ),
    ],
    ids=["numbers", "names", "pattern"],
)
def test_no_schema_holds_the_simulator_up(schema: dict[str, Any], text: str) -> None:
    shaped(schema, Desk(asked(text), random.Random(1)))


@pytest.mark.parametrize(
    "question",
    [
        "Ann has 0 times as many apples as Tom. How many apples has Tom?",
        "Ann has 7 more apples than Tom. Ann has 7 times as many apples as Tom. How many apples has Ann?",
        "What is (-8)^0.5?",
        f"Tom has {'9' * 400} apples and buys 2 more. How many apples has Tom?",
    ],
)
def test_sums_that_cannot_be_done_are_answered(question: str) -> None:
    for seed in range(20):
        assert answer(asked(question), random.Random(seed))


def test_dates_and_patterns_that_cannot_be_are_answered() -> None:
    schema = {
        "type": "object",
        "properties": {"day": {"type": "string", "format": "date"}, "code": {"type": "string", "pattern": "a{2,1}"}},
        "required": ["day", "code"],
    }
    for seed in range(10):
        assert shaped(schema, Desk(asked("Date: March 99999999999999999999, 5"), random.Random(seed)))
