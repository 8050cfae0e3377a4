"""Prose about a topic: the templates of `texts/prose.txt` by their place in an argument, and words to fill them."""

import random
from collections.abc import Sequence

from optlab.simulator.model.phrasing import Deck, Slots, spell
from optlab.simulator.model.reading import content_words, words
from optlab.simulator.model.texts import sections, word_list

PHRASES = dict(sections("prose.txt"))
_PLACES_IN_AN_ARGUMENT = ("opening", "development", "example", "contrast", "closing")

_PEOPLE = (
    "people", "many families", "scholars", "workers", "readers", "teachers", "traders", "engineers", "young people",
    "visitors", "neighbours", "researchers",
)  # fmt: skip
_PLACES = (
    "small town", "busy market", "school", "port", "mountain village", "large city", "workshop", "hospital", "library",
    "family kitchen", "research group",
)  # fmt: skip
_LABELS = (
    "Origins|Purpose|Main idea|In practice|Benefits|Limits|People|Change over time|Costs|Outlook|Context|Why it matters"
)


class Writer:
    """Writes sentences about one topic; templates come from shuffled decks, so that none repeats early."""

    def __init__(self, topic: str, question: str, rng: random.Random) -> None:
        self._rng = rng
        self._slots = _slots(topic, question)
        self._decks = {name: Deck(PHRASES[name], rng) for name in _PLACES_IN_AN_ARGUMENT}
        self._labels = Deck(_LABELS.split("|"), rng)

    def sentence(self, place: str) -> str:
        """One sentence for a place in the argument: opening, development, example, contrast or closing."""
        return spell(self._decks[place].draw(), self._rng, self._slots)

    def paragraph(self, place: str, word_count: int) -> str:
        """A paragraph of about `word_count` words, at least two sentences."""
        sentences = [self.sentence(place)]
        while len(sentences) < 2 or _count(sentences) < word_count - 8:
            sentences.append(self.sentence(self._rng.choice(("development", "development", "example", "contrast"))))
        return " ".join(sentences)

    def essay(self, paragraphs: int, words_each: float) -> list[str]:
        """So many paragraphs, from opening to closing, each of about `words_each` words."""
        places = ["opening", *("development", "example", "contrast") * paragraphs][: max(paragraphs - 1, 1)]
        if paragraphs > 1:
            places.append("closing")
        return [self.paragraph(p, round(words_each * self._rng.uniform(0.85, 1.15))) for p in places]

    def point(self, word_count: int) -> str:
        """The text of one bullet, one or two sentences."""
        text = self.sentence(self._rng.choice(("development", "example", "contrast")))
        while len(words(text)) < word_count - 6:
            text += " " + self.sentence("development")
        return text

    def advice(self, word_count: int) -> str:
        """Practical steps in about `word_count` words, for a question of how to do something."""
        steps: list[str] = []
        for template in PHRASES["practical"]:
            if _count(steps) >= word_count:
                break
            steps.append(spell(template, self._rng, self._slots))
        return " ".join(steps)

    def label(self) -> str:
        """A short heading for a bullet."""
        return self._labels.draw()


def _slots(topic: str, question: str) -> Slots:
    key = content_words(topic) or [w for w in content_words(question) if len(w) > 3][:4]
    subject = topic or " ".join(key[:3]) or "this question"
    return {
        "topic": subject,
        "word": [subject, *key[-1:]],
        "noun": word_list("nouns"),
        "noun_one": word_list("countable nouns"),
        "plural": word_list("plurals"),
        "adj": word_list("adjectives"),
        "people": _PEOPLE,
        "place": _PLACES,
    }


def _count(sentences: Sequence[str]) -> int:
    return sum(len(words(s)) for s in sentences)
