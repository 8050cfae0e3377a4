"""A criterion in words, `the answer names the capital of France`, `is polite`, and how far a text meets it."""

import re
from functools import lru_cache

import msgspec

from optlab.simulator.model import facts
from optlab.simulator.model.reading import stem, stems, words
from optlab.simulator.model.skills.rules import found_in
from optlab.simulator.model.texts import sections, word_list

_THING = (
    r"(?:the |this |that |an? |its |their )?(?:(?:following|above|below|given|final|model(?:'s)?|assistant(?:'s)?"
    r"|customer|agent(?:'s)?) ){0,2}(?:answer|response|reply|text|message|email|output|summary|sentence|statement"
    r"|comment|review|candidate|it)(?: (?:below|above|given))?"
)
_STATED = (
    re.compile(rf"\b{_THING} (?:must |should |has to |needs to )?(?P<is>is|be|are|sounds?|remains?) "
               r"(?P<not>not |never )?(?P<what>[a-z][^.?!\n]{2,120})", re.IGNORECASE),
    re.compile(rf"\b(?:is|are|was) {_THING} (?P<not>not )?(?P<what>[a-z][^.?!\n]{{2,120}})", re.IGNORECASE),
    re.compile(rf"\b{_THING} (?P<not>(?:must|should|does|do|may) not |never |doesn't )?"
               r"(?:must |should |has to |needs to )?(?:clearly |correctly |explicitly )?(?P<verb>names?"
               r"|mentions?|states?|gives?"
               r"|contains?|includes?|says?|tells?|explains?|recommends?|offers?|describes?|refers? to|cites?"
               r"|identif(?:y|ies)"
               r"|apologi[sz]es?|greets?|thanks?|asks?|has|have)\b(?P<what>[^.?!\n]{0,160})", re.IGNORECASE),
    re.compile(rf"\b(?:does|did|do) {_THING} (?P<not>not )?(?:clearly |correctly |explicitly )?"
               r"(?P<verb>name|mention|state|give|contain|include|say|tell|explain|recommend|offer|describe"
               r"|refer to|cite"
               r"|identify|apologi[sz]e|greet|thank|ask|have)\b(?P<what>[^.?!\n]{0,160})", re.IGNORECASE),
)  # fmt: skip
_NOT_QUALITIES = re.compile(
    r"^(?:correct|right|wrong|true|false|valid|supported|faithful|acceptable|good|bad|to |an? (?:answer|reply)"
    r"|given|based"
    r"|as |in |on |from |at most|no more|longer|shorter|the same|written by|for )",
    re.IGNORECASE,
)
_VERB_CUES = (
    ("apolog", ("sorry", "apologi", "apology", "regret")),
    ("thank", ("thank", "thanks", "grateful", "appreciate")),
    ("greet", ("hello", "hi", "dear", "good morning", "good afternoon", "greetings", "hey")),
)
_OUTCOME = re.compile(r",? (?:(?:reply|answer|respond|write|say|return) )?(?:with )?[\"'“]?(?:pass|fail|yes|no"
    r"|otherwise)\b.*$"
                      r"|\b(?:otherwise|else)\b.*$", re.IGNORECASE)  # fmt: skip


class Criterion(msgspec.Struct, frozen=True):
    """What a text has to be (`quality`) or to hold; `wanted` is false where it must not."""

    what: str
    quality: bool
    verb: str = ""
    wanted: bool = True


@lru_cache(maxsize=128)
def stated(text: str) -> tuple[Criterion, ...]:
    """The criteria that some orders or a list of criteria state."""
    found: list[Criterion] = []
    for sentence in re.split(r"(?<=[.!?])\s+|\n+|;\s+", text[:6_000]):
        for number, pattern in enumerate(_STATED):
            m = pattern.search(sentence)
            if m is None:
                continue
            what = _OUTCOME.sub("", m["what"]).strip(" ,.;:?")
            quality = number < 2
            if quality and (_NOT_QUALITIES.match(what) or not _quality_words(what)):
                continue
            verb = "" if quality else m["verb"].lower()
            if found_in(sentence):
                break  # A rule of form, which is checked as such.
            if (what or verb) and not re.match(r"(?:pass|fail|yes|no)\b", what, re.IGNORECASE):
                found.append(Criterion(what, quality, verb, wanted=not m["not"]))
                break
    return tuple(found[:12])


def met(criterion: Criterion, text: str) -> float:
    """How far a text meets a criterion, from 0 to 1."""
    share = _quality(criterion.what, text) if criterion.quality else _held(criterion, text)
    return share if criterion.wanted else 1.0 - share


def _quality(what: str, text: str) -> float:
    """Words that speak for a quality against those that speak for its opposite; polite where nothing speaks against."""
    negated = bool(re.search(r"\b(?:not|un)\b", what, re.IGNORECASE))
    cue = next(iter(_quality_words(what)))
    opposite = {"polite": "rude", "rude": "polite", "positive": "negative", "negative": "positive"}.get(cue, "")
    said = stems(text) | {stem(w.lower()) for w in words(text)}
    counted = len(said & {stem(w) for w in facts.cues(cue)[1:]})
    against = len(said & {stem(w) for w in facts.cues(opposite)[1:]}) if opposite else 0
    share = (counted + (1.0 if cue == "polite" else 0.2)) / (counted + against * 2 + 1.2)
    return 1.0 - share if negated else share


def _held(criterion: Criterion, text: str) -> float:
    what, verb = criterion.what, criterion.verb
    lowered = text.lower()
    cued = next(
        (cues for start, cues in _VERB_CUES if verb.startswith(start) or re.search(rf"\b{start}", what, re.I)), None
    )
    if cued:
        return 0.95 if any(re.search(rf"\b{c}", lowered) for c in cued) else 0.05
    quoted = re.search(r"[\"“'‘]([^\"”’\n]{1,120}?)[\"”'’](?!\w)", what)
    if quoted:
        return 0.96 if quoted[1].lower() in lowered else 0.04
    if re.search(r"\b(?:question|follow-up)\b", what) and verb.startswith(("ask", "contain", "includ", "ha")):
        return 0.95 if "?" in text else 0.05
    if re.fullmatch(
        r"(?: ?(?:an?|at least one|any|the|some))?\s*(?:numbers?|digits?|figures?|price|amount|date)", what.strip()
    ):
        return 0.95 if re.search(r"\d", text) else 0.05
    fact = facts.asked_for(what)
    if fact is not None:
        return 0.96 if stems(fact.values[0]) <= stems(text) else 0.05
    wanted = stems(re.sub(r"^(?:\s*(?:that|why|how|when|where|what|the|an?|to)\b)+", "", what))
    if not wanted:
        return 0.6
    return 0.05 + 0.9 * len(wanted & stems(text)) / len(wanted)


def _quality_words(what: str) -> list[str]:
    """The cue lists that speak of a quality: its own, or that of a word akin to it."""
    said = [w.lower() for w in words(what)][:8]
    akin = {w: name.removeprefix("kindred of ") for name, _ in sections_of_kin() for w in word_list(name)}
    return [akin.get(w, w) for w in said if w in akin or w in ("positive", "negative", "urgent", "spam")]


@lru_cache(maxsize=1)
def sections_of_kin() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The lists of words that mean much the same quality."""
    return tuple((n, tuple(lines)) for n, lines in sections("words.txt") if n.startswith("kindred of "))
