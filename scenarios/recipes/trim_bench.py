"""Questions to the handbook of `trim_bench`: 24 about each of the pieces that any customer asks for."""

import random
from collections.abc import Iterator

from recipes.item import Item

ASKED = {
    "returns": (
        ("45 days", ("How many days after purchase can unworn clothing be returned?",
                     "Until when can unworn clothing be returned after the purchase?")),
        ("3 euros", ("How much does the return label cost?", "What is the cost of the return label?")),
        ("ropes", ("What is excluded from returns once the seal is broken?",
                   "Which goods are excluded from returns after their seal is broken?")),
        ("Verona", ("At which depot is a returned parcel inspected?", "Where is a returned parcel inspected?")),
    ),
    "delivery": (
        ("80 euros", ("Above how many euros are orders shipped free of charge?",
                      "From how many euros on are orders shipped free of charge?")),
        ("8 days", ("How many days does shipping to Switzerland take?", "How long does shipping to Switzerland take?")),
        ("Brenner Cargo", ("Who carries bulky goods such as tents?", "Which haulier carries bulky goods?")),
        ("12 days", ("How many days do parcels wait at the post office?",
                     "How long do parcels that nobody accepts wait at the post office?")),
    ),
    "warranty": (
        ("10 years", ("How many years of guarantee do rucksacks carry on the stitching?",
                      "How long is the guarantee on the stitching of rucksacks?")),
        ("5 years", ("For how many years are tent poles replaced free?", "How long are tent poles replaced free?")),
        ("serial number", ("Which number does a guarantee claim need beside a photo of the damage?",
                           "What does a guarantee claim need beside the photo of the damage?")),
        ("Bolzano", ("Where are guarantee cases decided?", "Which workshop decides guarantee cases?")),
    ),
    "membership": (
        ("25 euros", ("How much does club membership cost a year?", "What does a year of club membership cost?")),
        ("8 percent", ("What discount do club members get on footwear?",
                       "How many percent of discount do club members get on footwear?")),
        ("18 months", ("After how many months do points of the club expire?", "When do points of the club expire?")),
        ("Meran", ("Where does the letter go that cancels a membership?",
                   "To which office goes the letter by which a membership is cancelled?")),
    ),
    "repairs": (
        ("35 euros", ("How much is it to have a new zip sewn in?", "For how many euros is a new zip sewn in?")),
        ("4 weeks", ("How many weeks does resoling a pair of boots take?", "How long does resoling boots take?")),
        ("Frieda Lanz", ("Who does repairs of down bags?", "Which tailor does the repairs of down bags?")),
        ("first Tuesday", ("On which day of the month are worn jackets waterproofed again?",
                           "When are worn jackets waterproofed again?")),
    ),
}  # fmt: skip
OPENERS = (
    "Good morning.", "A quick question.", "I could not find it on the website.", "My brother asked me.",
    "We are planning our summer.", "I have been a customer for years.", "Sorry to bother you again.",
    "I am writing from Graz.", "Thank you for the last parcel.", "One more thing.", "I am new here.", "It is urgent.",
)  # fmt: skip


def items() -> list[Item]:
    """All samples, pieces mixed; their ids tell nothing about the pieces."""
    rng = random.Random("trim_bench")
    asked = list(_asked(rng))
    rng.shuffle(asked)
    return [_item(f"question-{i:03d}", question, fact) for i, (question, fact) in enumerate(asked, 1)]


def _asked(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Six questions for every fact."""
    for fact, wordings in FACTS:
        for i, opener in enumerate(rng.sample(OPENERS, k=6)):
            yield f"{opener} {wordings[i % 2]}", fact


def _item(name: str, question: str, fact: str) -> Item:
    others = (f"The handbook says {other}." for other, _ in FACTS if other != fact)
    return Item(
        {"id": name, "question": question, "check": [{"kind": "regex", "pattern": _pattern(fact)}]},
        right=(f"That is {fact}.", f"According to the handbook: {fact.upper()}"),
        wrong=(*others, "I do not know.", "Please ask in the showroom.", ""),
    )


FACTS = tuple(fact for facts in ASKED.values() for fact in facts)
WORDS = {"3": "three", "4": "four", "5": "five", "8": "eight", "10": "ten", "12": "twelve"}


def _pattern(fact: str) -> str:
    """The fact with its number in figures or in words, and euros and percent as signs too."""
    number, _, unit = fact.partition(" ")
    if not number.isdigit():
        return rf"\b{fact}\b"
    said = f"(?:{number}|{WORDS[number]})" if number in WORDS else number
    if unit == "euros":
        return rf"\b{said}(?:\.00)? ?(?:euros?\b|€|EUR\b)|€ ?{number}\b"
    if unit == "percent":
        return rf"\b{said} ?(?:percent\b|per cent\b|%)"
    return rf"\b{said}[ -]{unit.removesuffix('s')}s?\b"
