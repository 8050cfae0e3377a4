"""Conversations with a travel desk: one long chat whose facts differ from sample to sample, and a question about one.

The figures stand in four of the old exchanges; what was said between them is the same in every conversation.
"""

import random
from collections.abc import Iterator

from recipes.item import Item

ASKED = {
    "nights": ("How many nights do we stay in Lisbon?", "For how many nights do we stay in Lisbon?"),
    "departure": ("On which day do we fly to Lisbon?", "On what day do we fly to Lisbon?"),
    "hotel": ("What is the name of the hotel you booked?", "Which hotel have you booked for us?"),
    "code": ("What is the confirmation code of the hotel?", "Which confirmation code did the hotel give us?"),
    "transfer": ("How much does the airport transfer cost?", "What is the price of the airport transfer?"),
    "pickup": ("At what time does the driver pick us up?", "What time does the driver pick us up?"),
    "guide": ("Who is the guide of the tour?", "What is the name of our guide on the tour?"),
    "deposit": ("How much is the deposit for the walking tour?", "What is the deposit for the walking tour?"),
}
VALUES = {
    "departure": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "hotel": ("Miradouro", "Alfama", "Solar Azul", "Casa Verde", "Belavista", "Jardim", "Torre Branca", "Estrela"),
    "guide": ("Inês Duarte", "Rui Tavares", "Clara Mendes", "Hugo Pires", "Marta Leal", "Nuno Braga", "Sofia Reis"),
}
NUMBERS = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}


def items() -> list[Item]:
    """All samples, 15 a question, mixed."""
    rng = random.Random("long_chat")
    made = [item for about in ASKED for item in _about(about, rng)]
    rng.shuffle(made)
    return made


def _facts(rng: random.Random) -> dict[str, str]:
    """The facts of one conversation."""
    named = {name: rng.choice(values) for name, values in VALUES.items()}
    hour, minute = rng.randint(7, 11), rng.choice((10, 20, 40, 50))
    return named | {
        "nights": str(rng.randint(3, 9)),
        "code": f"{''.join(rng.choices('BDFGHKLMNPRT', k=3))}-{rng.randint(1_000, 9_999)}",
        "transfer": str(rng.randint(28, 49)),
        "pickup": f"{hour}:{minute}",
        "deposit": str(rng.randint(50, 95)),
    }


def _about(about: str, rng: random.Random) -> Iterator[Item]:
    for i in range(15):
        facts, others = _facts(rng), _facts(rng)
        while others[about] == facts[about]:
            others = _facts(rng)
        wrong = {name: others[name] for name in (about,)} | {n: v for n, v in facts.items() if n != about}
        yield Item(
            {
                "id": f"{about}-{i + 1:02d}",
                "question": ASKED[about][i % 2],
                **facts,
                "check": [{"kind": "regex", "pattern": _pattern(about, facts[about])}],
            },
            right=(_said(about, facts[about]), f"As you asked: {_said(about, facts[about])} Have a good trip!"),
            wrong=(*(_said(name, value) for name, value in wrong.items()), "We did not talk about that.", ""),
        )


def _said(about: str, value: str) -> str:
    """The answer as one sentence."""
    return {
        "nights": "You stay {} nights.",
        "transfer": "It costs {} euros.",
        "deposit": "The deposit is {} euros.",
        "pickup": "The driver comes at {}.",
    }.get(about, "It is {}.").format(value)


def _pattern(about: str, value: str) -> str:
    match about:
        case "nights":
            return rf"\b(?:{value}|{NUMBERS[int(value)]})[ -]nights?\b"
        case "transfer" | "deposit":
            return rf"\b{value}(?:\.00)? ?(?:euros?\b|€|EUR\b)|(?:€|EUR) ?{value}\b"
    return rf"(?<![\d\w]){value}\b"
