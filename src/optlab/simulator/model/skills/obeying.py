"""Rules about how to answer: found in the prompt, obeyed one by one with the model's luck, and checked by a judge.

Every rule is an item of its own, harder the more rules there are; a rule that is trimmed away is simply not followed.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.phrasing import sentence_case
from optlab.simulator.model.reading import STOP_WORDS, stems, words

Kind = Literal["end", "start", "mention", "tell", "avoid", "upper", "lower", "most words", "most sentences", "plain"]

_BASE, _PER_RULE = -2.9, 0.3
"""Difficulty of keeping one rule, and what each further rule adds [assumed]."""

_QUOTE = r"[:,]?\s*[\"“'‘](?P<a>[^\"”\n]{1,160}?)[\"”'’](?=[\s.,;!?)]|$)"
_COUNT = r"(?P<n>\d{1,4}|one|two|three|four|five|six|eight|ten)"
_CAP = r"(?:at most|no more than|up to|under|fewer than|less than|within|below|a maximum of|not exceed|max\.?|no longer than)"
_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("end", rf"\b(?:end|finish|close|conclude|sign off)\b[^.\n\"“'‘]{{0,50}}?\bwith\b[^.\n\"“'‘]{{0,30}}?{_QUOTE}"),
        ("start", rf"\b(?:start|begin|open)\b[^.\n\"“'‘]{{0,50}}?\bwith\b[^.\n\"“'‘]{{0,30}}?{_QUOTE}"),
        ("avoid", r"\b(?:do not|don't|never|must not|avoid|without)(?: ever)? (?:mention(?:ing)?|us(?:e|ing)|say(?:ing)?|includ(?:e|ing)"
                  rf"|nam(?:e|ing)|discuss(?:ing)?)\b(?: the (?:words?|phrases?|names?|terms?))?{_QUOTE}"),
        ("avoid", r"\b(?:do not|don't|never|must not)(?: ever)? (?:mention|discuss|name)\b (?P<a>(?:the |any |our )?\w+(?: \w+)?)(?=[.,;\n]|$)"),
        ("mention", r"(?<!not )(?<!n't )(?<!never )\b(?:mention|include|contain|quote|use)s?\b(?: the)?(?: exact)?(?: (?:words?|phrases?|sentences?|names?|line))?"
                    rf"{_QUOTE}"),
        ("tell", r"\balways (?:mention|state|tell|remind|say)(?: (?:customers?|users?|people|them))?(?: that| about)? (?P<a>[a-z][^.\n\"“]{4,120})(?=[.\n]|$)"),
        ("upper", r"\b(?:in|use|using) (?:all )?(?:upper[- ]?case|capital letters|all[- ]caps|capitals)\b"),
        ("lower", r"\b(?:in|use|using)(?: only| all)? lower[- ]?case\b"),
        ("most words", rf"\b{_CAP} {_COUNT} words\b"),
        ("most words", rf"\b{_COUNT} words (?:or (?:less|fewer)|at most|max(?:imum)?)\b"),
        ("most sentences", rf"\b{_CAP} {_COUNT} sentences?\b"),
        ("plain", r"\b(?:no|without|do not use|don't use|avoid)(?: any)? (?:markdown|bullets?|bullet points|lists|formatting)\b|\bplain text\b"),
    )
)  # fmt: skip
_UNKNOWN_PHRASE = re.compile(
    r"\b(?:say|reply|answer|respond|write|return)(?: with)?(?: only| just| exactly)?[: ]+[\"“'‘](?P<a>[^\"”\n]{2,160}?)[\"”'’]",
    re.IGNORECASE,
)
_UNKNOWN_CASE = re.compile(
    r"\b(?:if|when)\b[^.\n]{0,90}\b(?:not (?:in|contain|found|there|mention|state|know|answer|cover|say)\w*|don't know|do not know|cannot|can't|isn't|no answer|unknown|missing|unsure|unanswerable|doesn't|does not)\b",
    re.IGNORECASE,
)  # fmt: skip
_ONLY_TEXT = re.compile(
    r"\b(?:only|solely|exclusively|strictly)\b[^.\n]{0,40}\b(?:text|context|information|document|documents|passage|rules|policy|article|source|sources|facts|faq|manual|above|below|provided)\b"
    r"|\bbased (?:only |solely )?on the (?:text|context|passage|document)\b|\bdo not (?:make up|invent|guess)\b",
    re.IGNORECASE,
)  # fmt: skip
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


_ORDER: tuple[Kind, ...] = (
    "avoid", "most sentences", "most words", "mention", "tell", "plain", "start", "end", "upper", "lower",
)  # fmt: skip
"""Which rule is applied before which."""

_QUOTES = ("\"", "“", "'", "‘")
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


def obey(text: str, desk: Desk) -> str:
    """The answer with the prompt's rules kept, each as its draw has it."""
    stated = (*found_in(desk.prompt.system[-20_000:]), *found_in(desk.prompt.question[-2_000:]))
    rules = sorted(dict.fromkeys(stated), key=_place)
    for rule in rules:
        if desk.right(_BASE + _PER_RULE * (len(rules) - 1), rule.text + desk.ask.question):
            text = _apply(rule, text)
    return text


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
    return tuple(sorted(rules, key=_place))


def _place(rule: Rule) -> int:
    return _ORDER.index(rule.kind)


def broken(rules: Sequence[Rule], text: str) -> list[Rule]:
    """The rules that a text does not keep."""
    return [r for r in rules if not _kept(r, text)]


def only_from_text(desk: Desk) -> bool:
    """Whether the prompt wants answers out of the given text and nothing else."""
    return bool(_ONLY_TEXT.search(desk.prompt.system[-8_000:]) or _ONLY_TEXT.search(desk.prompt.question[:600]))


def unknown(desk: Desk) -> str:
    """What to say where the text has no answer: the words the prompt gives for that case, or a plain admission."""
    for part in (desk.prompt.system, desk.prompt.question):
        for sentence in re.split(r"(?<=[.!?])\s+|\n", part[-8_000:]):
            phrase = _UNKNOWN_PHRASE.search(sentence)
            if phrase and _UNKNOWN_CASE.search(sentence):
                return phrase["a"]
    return desk.rng.choice(
        (
            "I don't have that information in the text I was given.",
            "The information provided does not say.",
            "I could not find an answer to that in the text.",
        )
    )


def _apply(rule: Rule, text: str) -> str:
    match rule.kind:
        case "end":
            return text if _kept(rule, text) else f"{text.rstrip()} {rule.argument}"
        case "start":
            return text if _kept(rule, text) else f"{rule.argument}{'' if rule.argument[-1] in '.!?:' else ','} {text}"
        case "mention":
            return text if _kept(rule, text) else f"{text.rstrip()} {_spoken(rule.argument)}"
        case "tell":
            return f"{text.rstrip()} {_spoken(rule.argument)}"
        case "avoid":
            return _without(rule, text)
        case "upper":
            return text.upper()
        case "lower":
            return text.lower()
        case "plain":
            return re.sub(r"^\s*[-*] ", "", text.replace("**", ""), flags=re.MULTILINE)
    return _capped(rule, text)


def _kept(rule: Rule, text: str) -> bool:
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
            return len(_sentences(text)) <= rule.count
    return not re.search(r"^\s*[-*] |\*\*", text, re.MULTILINE)


def _without(rule: Rule, text: str) -> str:
    kept = [s for s in _sentences(text) if not stems(rule.argument) <= stems(s)]
    return text if _kept(rule, text) or not kept else " ".join(s.strip() for s in kept)


def _capped(rule: Rule, text: str) -> str:
    kept: list[str] = []
    for sentence in _sentences(text):
        if kept and not _kept(rule, "".join([*kept, sentence])):
            break
        kept.append(sentence)
    short = "".join(kept).rstrip()
    if rule.kind == "most words" and len(words(short)) > rule.count:
        cut = short.split()[: rule.count]
        while len(cut) > 1 and cut[-1].lower() in STOP_WORDS:
            cut.pop()
        return " ".join(cut).rstrip(",;:") + "."
    return short


def _spoken(argument: str) -> str:
    said = sentence_case(argument)
    whole = len(argument.split()) > 3
    return (said if said[-1] in ".!?" else f"{said}.") if whole else f"Please note: {argument}."


def _sentences(text: str) -> list[str]:
    return re.findall(r"\S.*?(?:[.!?]+[\"')]*(?=\s|$)|\n+|$)\s*", text, re.DOTALL)


def _count(word: str | None) -> int:
    if word is None:
        return 0
    return int(word) if word.isdigit() else _NUMBERS.index(word.lower()) + 1
