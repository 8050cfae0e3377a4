"""Questions to the support desk of a lamp shop: 96 that one sentence of its rules answers, 24 that need working out.

The easy ones ask for a figure of `FACTS`, each in its own words; the hard ones are bills of two lines.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recipes.item import Item


@dataclass(frozen=True)
class Fact:
    """A sentence of the rules, what of it answers (as a pattern), and the questions that ask for it."""

    name: str
    sentence: str
    pattern: str
    asked: tuple[str, ...]


FACTS = (
    Fact("delivery", "Standard delivery takes 4 days.", r"\b(?:4|four)[ -](?:\w+ )?days?\b", (
        "How long does standard delivery take?",
        "How many days does standard delivery take?",
        "How soon does standard delivery arrive?",
    )),
    Fact("express", "Express delivery costs 12 dollars.", r"\$ ?12\b|\b(?:12|twelve) (?:US )?dollars\b", (
        "How much does express delivery cost?",
        "What is the cost of express delivery?",
        "What do you charge for express delivery?",
    )),
    Fact("returns", "Returns are accepted within 30 days.", r"\b(?:30|thirty)[ -](?:\w+ )?days?\b", (
        "Within how many days are returns accepted?",
        "For how long are returns accepted?",
        "How many days are returns accepted for?",
    )),
    Fact("warranty", "The warranty runs for 24 months.", r"\b(?:24|twenty-four)[ -]months?\b|\b(?:2|two)[ -]years?\b", (
        "How long does the warranty run?",
        "For how many months does the warranty run?",
        "For how long does the warranty hold?",
    )),
    Fact("refund", "Refunds are paid within 7 days.", r"\b(?:7|seven)[ -](?:\w+ )?days?\b", (
        "Within how many days are refunds paid?",
        "How soon are refunds paid?",
        "When are refunds paid?",
    )),
    Fact("gift", "Gift wrapping costs 5 dollars.", r"\$ ?5\b|\b(?:5|five) (?:US )?dollars\b", (
        "How much does gift wrapping cost?",
        "What does gift wrapping cost?",
        "What is the price of gift wrapping?",
    )),
    Fact("repair", "Repairs take 3 weeks.", r"\b(?:3|three)[ -]weeks?\b", (
        "How long do repairs take?",
        "How many weeks do repairs take?",
        "In how many weeks are repairs done?",
    )),
    Fact("hours", "The showroom opens at 10 am.", r"\b(?:10|ten)(?::00)? ?(?:a\.?m\b|o'clock|in the morning)", (
        "At what time does the showroom open?",
        "When does the showroom open?",
        "What time does the showroom open on a Friday?",
    )),
)  # fmt: skip

OPENERS = (
    "Hello, I bought a {thing} for my {place}.",
    "Hi there, a question about the {thing} I ordered.",
    "Good morning, my {thing} has not left your warehouse yet, I think.",
    "I am thinking about a {thing} for the {place}.",
    "My sister wants the {thing} that I have in my {place}.",
    "We would like a {thing}, and it has to fit the {place}.",
    "I saw the {thing} in your window.",
    "The {thing} is lovely.",
    "It is about the {thing} in the {place}.",
    "Before I decide on the {thing}:",
)
THINGS = ("floor lamp", "desk lamp", "wall lamp", "pendant", "night light", "chandelier", "reading lamp", "lantern")
PLACES = ("kitchen", "hall", "study", "bedroom", "garden room", "nursery", "cellar", "workshop", "porch")
GOODS = ("lamps", "shades", "bulbs", "pendants", "dimmers", "cables", "lanterns", "candles", "hooks", "switches")
BUYERS = (("I", "I"), ("We", "we"), ("My cafe", "we"), ("Our hotel", "we"), ("Our school", "we"), ("Our office", "we"))


def items() -> list[Item]:
    """All samples, easy and hard ones mixed."""
    rng = random.Random("support_desk")
    made = [*_easy(rng), *_hard(rng)]
    rng.shuffle(made)
    return made


def _easy(rng: random.Random) -> Iterator[Item]:
    for fact in FACTS:
        openers = rng.sample(OPENERS, k=len(OPENERS))
        for i in range(12):
            opener = openers[i % len(openers)].format(thing=rng.choice(THINGS), place=rng.choice(PLACES))
            question = f"{opener} {fact.asked[i % len(fact.asked)]}"
            others = tuple(f"Thank you for writing. {f.sentence} Let us know." for f in FACTS if f is not fact)
            yield Item(
                {
                    "id": f"{fact.name}-{i + 1:02d}",
                    "question": question,
                    "check": [{"kind": "regex", "pattern": fact.pattern}],
                },
                right=(fact.sentence, f"Thank you for writing! {fact.sentence} We are glad to help."),
                wrong=(*others, "I do not know.", "It depends on your order.", ""),
            )


def _hard(rng: random.Random) -> Iterator[Item]:
    for i in range(24):
        lines = _lines(rng)
        bill = sum(count * price for count, _, price in lines)
        told = _listed([f"{count} {thing} for ${price} each" for count, thing, price in lines])
        who, _ = BUYERS[i % len(BUYERS)]
        card = (bill // 100 + rng.randint(1, 3)) * 100
        question, result = f"{who} bought {told} and paid with a ${card} gift card. How much is left?", card - bill
        slips = {result + step for step in (-100, -10, -1, 1, 10, 100)} | {bill, bill + 50, lines[0][0] * lines[0][2]}
        yield Item(
            {"id": f"bill-{i + 1:02d}", "question": question, "check": [{"kind": "numeric", "value": result}]},
            right=(f"That comes to ${result}.", f"{told}: the answer is {result:,}.00"),
            wrong=(*(f"That comes to ${slip}." for slip in sorted(slips - {result})), "That depends.", ""),
        )


def _lines(rng: random.Random) -> Sequence[tuple[int, str, int]]:
    """The two lines of a bill: how many of what at which price."""
    return [(rng.randint(3, 24), thing, rng.randint(13, 39)) for thing in rng.sample(GOODS, k=2)]


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
