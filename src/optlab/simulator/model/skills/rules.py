"""Rules about how to answer, as prompts state them, and whether a text keeps them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from optlab.simulator.model.reading import stems, words

Kind = Literal["end", "start", "mention", "tell", "avoid", "upper", "lower", "most words", "most sentences", "plain"]

_QUOTE = r"[:,]?\s*[\"“'‘](?P<a>[^\"”\n]{1,160}?)[\"”'’](?=[\s.,;!?)]|$)"
_COUNT = r"(?P<n>\d{1,4}|one|two|three|four|five|six|eight|ten)"
_CAP = (
    r"(?:at most|no more than|up to|under|fewer than|less than|within|below|a maximum of|not exceed|max\.?"
    r"|no longer than)"
)
_STATED: tuple[tuple[Kind, str], ...] = (
    ("end", rf"\b(?:end|finish|close|conclude|sign off)\b[^.\n\"“'‘]{{0,50}}?\bwith\b[^.\n\"“'‘]{{0,30}}?{_QUOTE}"),
    ("start", rf"\b(?:start|begin|open)\b[^.\n\"“'‘]{{0,50}}?\bwith\b[^.\n\"“'‘]{{0,30}}?{_QUOTE}"),
    (
        "avoid",
        r"\b(?:do not|don't|never|must not|avoid|without)(?: ever)? (?:mention(?:ing)?|us(?:e|ing)"
        r"|say(?:ing)?|includ(?:e|ing)"
        rf"|nam(?:e|ing)|discuss(?:ing)?)\b(?: the (?:words?|phrases?|names?|terms?))?{_QUOTE}",
    ),
    (
        "avoid",
        r"\b(?:do not|don't|never|must not)(?: ever)? (?:mention|discuss|name)\b (?P<a>(?:the |any "
        r"|our )?\w+(?: \w+)?)(?=[.,;\n]|$)",
    ),
    (
        "mention",
        r"(?<!not )(?<!n't )(?<!never )\b(?:mention|include|contain|quote"
        r"|use)s?\b(?: the)?(?: exact)?(?: (?:words?|phrases?|sentences?|names?|line))?"
        rf"{_QUOTE}",
    ),
    (
        "tell",
        r"\balways (?:mention|state|tell|remind|say)(?: (?:customers?|users?|people|them))?(?: that"
        r"| about)? (?P<a>[a-z][^.\n\"“]{4,120})(?=[.\n]|$)",
    ),
    ("upper", r"\b(?:in|use|using) (?:all )?(?:upper[- ]?case|capital letters|all[- ]caps|capitals)\b"),
    ("lower", r"\b(?:in|use|using)(?: only| all)? lower[- ]?case\b"),
    ("most words", rf"\b{_CAP} {_COUNT} words\b"),
    ("most words", rf"\b{_COUNT} words (?:or (?:less|fewer)|at most|max(?:imum)?)\b"),
    ("most sentences", rf"\b{_CAP} {_COUNT} sentences?\b"),
    (
        "plain",
        r"\b(?:no|without|do not use|don't use|avoid)(?: any)? (?:markdown|bullets?|bullet points|lists"
        r"|formatting)\b|\bplain text\b",
    ),
)
_FORMS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _STATED)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


_ORDER: tuple[Kind, ...] = (
    "avoid", "most sentences", "most words", "mention", "tell", "plain", "start", "end", "upper", "lower",
)  # fmt: skip
"""Which rule is applied before which."""

_QUOTES = ('"', "“", "'", "‘")
_TELLING: dict[Kind, tuple[str, ...]] = {
    "end": _QUOTES,
    "start": _QUOTES,
    "mention": _QUOTES,
    "avoid": ("not ", "n't ", "never ", "avoid", "without"),
    "tell": ("always ",),
    "upper": ("case", "caps", "capital"),
    "lower": ("case",),
    "most words": (" words",),
    "most sentences": (" sentence",),
    "plain": ("markdown", "bullet", "lists", "formatting", "plain text"),
}
"""A form is looked for only where one of these stands: most prompts state few rules and are long."""


class Rule(msgspec.Struct, frozen=True):
    """One rule about the form or the words of an answer."""

    kind: Kind
    argument: str = ""
    count: int = 0

    @property
    def text(self) -> str:
        """The rule as one item."""
        return f"{self.kind} {self.argument} {self.count or ''}"


@lru_cache(maxsize=128)
def found_in(text: str) -> tuple[Rule, ...]:
    """The rules a text states, in the order in which they can be applied."""
    rules: dict[Rule, None] = {}
    taken: list[tuple[int, int]] = []
    lowered = text.lower()
    for kind, pattern in _FORMS:
        if not any(word in lowered for word in _TELLING[kind]):
            continue
        for m in pattern.finditer(text):
            if any(a < m.end() and m.start() < b for a, b in taken):
                continue
            groups = m.groupdict()
            taken.append(m.span())
            rules.setdefault(Rule(kind, (groups.get("a") or "").strip(), _count(groups.get("n"))))
    return tuple(sorted(rules, key=place))


def place(rule: Rule) -> int:
    """The place of a rule in the order in which rules are applied."""
    return _ORDER.index(rule.kind)


def broken(rules: Sequence[Rule], text: str) -> list[Rule]:
    """The rules that a text does not keep."""
    return [r for r in rules if not kept(r, text)]


def kept(rule: Rule, text: str) -> bool:
    """Whether a text keeps a rule."""
    lowered, wanted = text.lower(), rule.argument.lower().strip()
    match rule.kind:
        case "end":
            return lowered.rstrip(" .!\"'").endswith(wanted.rstrip(" .!"))
        case "start":
            return lowered.lstrip(" \"'*").startswith(wanted.rstrip(" .!,"))
        case "mention":
            return wanted in lowered
        case "tell":
            return len(stems(wanted) & stems(text)) >= 0.5 * len(stems(wanted))
        case "avoid":
            return not (stems(wanted) and stems(wanted) <= stems(text)) and (
                bool(stems(wanted)) or wanted not in lowered
            )
        case "upper":
            return text == text.upper()
        case "lower":
            return text == text.lower()
        case "most words":
            return len(words(text)) <= rule.count
        case "most sentences":
            return len(sentences_of(text)) <= rule.count
    return not re.search(r"^\s*[-*] |\*\*", text, re.MULTILINE)


def sentences_of(text: str) -> list[str]:
    """The sentences of a text with the blanks behind them: joined, they are the text."""
    return re.findall(r"\S(?:[^.!?\n]|[.!?]++[\"')]*+(?!\s|$))*+(?:[.!?]+[\"')]*|\n+|$)\s*", text)


def _count(word: str | None) -> int:
    if word is None:
        return 0
    return int(word) if word.isdigit() else _NUMBERS.index(word.lower()) + 1
