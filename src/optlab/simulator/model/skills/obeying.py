"""Rules about how to answer: found in the prompt, obeyed one by one with the model's luck, and checked by a judge.

Every rule is an item of its own, harder the more rules there are; a rule that is trimmed away is simply not followed.
"""

import re

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.phrasing import sentence_case
from optlab.simulator.model.reading import STOP_WORDS, stems, words
from optlab.simulator.model.skills.pointing import point, wanted_types
from optlab.simulator.model.skills.rules import Rule, found_in, kept, place, sentences_of

_BASE, _PER_RULE = -2.9, 0.3
"""Difficulty of keeping one rule, and what each further rule adds [assumed]."""

_UNKNOWN_PHRASE = re.compile(
    r"\b(?:say|reply|answer|respond|write|return)(?: with)?(?: only| just"
    r"| exactly)?[: ]+[\"“'‘](?P<a>[^\"”\n]{2,160}?)[\"”'’]",
    re.IGNORECASE,
)
_UNKNOWN_BARE = re.compile(
    r"\b(?i:say|reply|answer|respond|write|return|output)(?i: with)?(?i: only| just| exactly| the word)?:? "
    r"(?P<a>[A-Z][A-Z_/-]{2,30}(?: [A-Z]{2,20}){0,3})(?=[.,;!\s]|$)"
)
_UNKNOWN_CASE = re.compile(
    r"\b(?:if|when)\b[^.\n]{0,90}\b(?:not (?:in|contain|found|there|mention|state|know|answer|cover|say)\w*"
    r"|don't know|do not know|cannot|can't|isn't|no answer|unknown|missing|unsure|unanswerable|doesn't|does not)\b",
    re.IGNORECASE,
)  # fmt: skip
_ONLY_TEXT = re.compile(
    r"\b(?:only|solely|exclusively|strictly)\b[^.\n]{0,40}\b(?:text|context|information|document|documents|passage"
    r"|rules|policy|article|source|sources|facts|faq|manual|above|below|provided)\b"
    r"|\bbased (?:only |solely )?on the (?:text|context|passage|document)\b|\bdo not (?:make up|invent|guess)\b",
    re.IGNORECASE,
)  # fmt: skip


def obey(text: str, desk: Desk) -> str:
    """The answer with the prompt's rules kept, each as its draw has it."""
    stated = (*found_in(desk.prompt.system[-20_000:]), *found_in(desk.prompt.question[-2_000:]))
    rules = sorted(dict.fromkeys(stated), key=place)
    for rule in rules:
        if desk.right(_BASE + _PER_RULE * (len(rules) - 1), rule.text + desk.ask.question):
            text = _apply(rule, text)
    return text


def only_from_text(desk: Desk) -> bool:
    """Whether the prompt wants answers out of the given text and nothing else."""
    return bool(_ONLY_TEXT.search(desk.prompt.system[-8_000:]) or _ONLY_TEXT.search(desk.prompt.question[:600]))


def gives_unknown(desk: Desk) -> str | None:
    """The words the prompt gives for the case that the text has no answer; None where it gives none."""
    for part in (desk.prompt.system, desk.prompt.question):
        for sentence in re.split(r"(?<=[.!?])\s+|\n", part[-8_000:]):
            if _UNKNOWN_CASE.search(sentence):
                phrase = _UNKNOWN_PHRASE.search(sentence) or _UNKNOWN_BARE.search(sentence)
                if phrase:
                    return phrase["a"]
    return None


def lacks_answer(desk: Desk) -> bool:
    """Whether no sentence bears on the question, or none that does holds the kind of thing it asks for."""
    return not desk.ranked or bool(wanted_types(desk.ask.question) and point(desk) is None)


def unknown(desk: Desk) -> str:
    """What to say where the text has no answer: the words the prompt gives for that case, or a plain admission."""
    given = gives_unknown(desk)
    if given is not None:
        return given
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
            return text if kept(rule, text) else f"{text.rstrip()} {rule.argument}"
        case "start":
            return text if kept(rule, text) else f"{rule.argument}{'' if rule.argument[-1] in '.!?:' else ','} {text}"
        case "mention":
            return text if kept(rule, text) else f"{text.rstrip()} {_spoken(rule.argument)}"
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


def _without(rule: Rule, text: str) -> str:
    left = [s for s in sentences_of(text) if not stems(rule.argument) <= stems(s)]
    return text if kept(rule, text) or not left else " ".join(s.strip() for s in left)


def _capped(rule: Rule, text: str) -> str:
    left: list[str] = []
    for sentence in sentences_of(text):
        if left and not kept(rule, "".join([*left, sentence])):
            break
        left.append(sentence)
    short = "".join(left).rstrip()
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
