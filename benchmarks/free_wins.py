"""How long the free wins of a long prompt take: every kind, and all of them, on prompts of about so many tokens.

Usage: python benchmarks/free_wins.py [TOKENS] [RUNS]
Prints milliseconds of processor time, median and worst of the runs, for three kinds of prompt (rules that differ, rules
of which half are there twice, labelled examples): all kinds of win on a text never seen, on the same text with one
sentence more, and kind by kind on another text; the first kind also reads it.
"""

import random
import statistics
import sys
import time

from optlab.catalogue import estimate_tokens
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import CheckSpec, Sample, Scenario
from optlab.cuts.wins import KINDS, find
from optlab.cuts.wins.reading import Ground

NOUNS = [
    "refund",
    "parcel",
    "courier",
    "invoice",
    "voucher",
    "account",
    "address",
    "order",
    "receipt",
    "label",
    "depot",
    "ticket",
    "bill",
    "tariff",
]
VERBS = ["check", "confirm", "cancel", "repeat", "explain", "forward", "archive", "translate", "summarise", "compare"]
SAYS = (
    "Please {verb} the {one} in order to close the {two} of the customer within {n} days.",
    "- If the {one} is above ${n}, {verb} it before the {two} is sent.",
    "It is important to note that a {one} never replaces a {two}, see section {n}.",
    "Make sure to {verb} every {one} that mentions the {two} number {n}.",
    'The {one} belongs to {{customer}} and is kept for {n} weeks in the "{two}" folder.',
    "\n## About the {one} and the {two} in {n}\n",
)


def sentence(draw: random.Random) -> str:
    one, two = draw.sample(NOUNS, 2)
    return draw.choice(SAYS).format(one=one, two=two, verb=draw.choice(VERBS), n=draw.randrange(2, 5000))


def rules(tokens: int, draw: random.Random, *, repeated: bool) -> str:
    lines: list[str] = []
    while estimate_tokens("\n".join(lines[-200:]), "new") * max(1, len(lines) / 200) < tokens:
        again = repeated and len(lines) > 20 and draw.random() < 0.5
        lines.append(draw.choice(lines) if again else sentence(draw))
    return "\n".join(lines)


def labelled(tokens: int, draw: random.Random) -> str:
    """Examples of four labels, one of which no sample expects."""
    found: list[str] = []
    while len(found) < tokens / 30:
        words = sentence(draw).strip(" -#\n").replace("{", "(").replace("}", ")")
        found.append(f"Ticket: {words}\nLabel: {draw.choice(['billing', 'shipping', 'returns', 'other'])}")
    return "\n\n".join(found)


def scenario(text: str) -> Scenario:
    labels = ("billing", "shipping", "returns")
    samples = tuple(
        Sample(f"s{i}", {"customer": f"c{i}", "question": f"q{i}"}, (CheckSpec("equals", {"value": labels[i % 3]}),))
        for i in range(120)
    )
    prompt = Prompt((Segment("rules", "system", text), Segment("question", "user", "{question}")))
    return Scenario("bench", "claude-sonnet-4-6", 100, prompt, samples)


def main(tokens: int, runs: int) -> None:
    kinds = {
        "rules that differ": lambda draw: rules(tokens, draw, repeated=False),
        "half of them twice": lambda draw: rules(tokens, draw, repeated=True),
        "examples": lambda draw: labelled(tokens, draw),
    }
    print(f"{'prompt':20}{'tokens':>8}  {'':16}{'wins':>6}{'median ms':>11}{'worst ms':>10}")
    for name, write in kinds.items():
        times: dict[str, list[float]] = {}
        counts: dict[str, int] = {}
        size = 0
        for run in range(runs):
            text = write(random.Random(run))  # another text each time: nothing of it is remembered
            size = estimate_tokens(text, "new")
            whole, edited = scenario(text), scenario(f"{text} Edited.")
            for label, subject in (("first look", whole), ("after an edit", edited)):
                began = time.process_time()
                counts[label] = len(find(subject))
                times.setdefault(label, []).append(time.process_time() - began)
            ground = Ground(scenario(f"{write(random.Random(runs + run))}"))
            for kind in KINDS:
                began = time.process_time()
                counts[kind.name] = len(list(kind.find(ground)))
                times.setdefault(kind.name, []).append(time.process_time() - began)
        for label, took in times.items():
            middle, worst = statistics.median(took) * 1000, max(took) * 1000
            print(f"{name:20}{size:>8}  {label:16}{counts[label]:>6}{middle:>11.1f}{worst:>10.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, int(sys.argv[2]) if len(sys.argv) > 2 else 5)
