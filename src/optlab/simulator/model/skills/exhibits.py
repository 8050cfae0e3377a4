"""The parts of a prompt that asks for a judgement: question, answer, reference, source, rules, and the verdicts.

Parts are found by the delimiters people use: headings with a colon, tags, `User asked:` and `Assistant replied:`.
"""

import itertools
import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from optlab.simulator.model.prompt import Prompt
from optlab.simulator.model.skills.tags import tagged

Part = Literal["question", "candidate", "reference", "source", "rules", "instructions"]

_NAMES: tuple[tuple[Part, str], ...] = (
    ("reference", r"(?:the )?(?:reference|expected|expert|correct|gold(?:en)?|ideal|true|official)(?: (?:answer|output"
        r"|response|reply|label|solution))?|ground truth|answer key"),
    ("rules", r"(?:the )?(?:rules?|criteri(?:a|on)|rubric|requirements?|guidelines?|policy|checklist|grading (?:rules"
        r"|criteria))"),
    ("source", r"(?:here is (?:a|the) |the )?(?:source(?: text| document)?|context|documents?|passage|article|facts"
        r"|knowledge(?: base)?|text|material|information|evidence|transcript)"),
    ("candidate", r"(?:the )?(?:(?:candidate|proposed|given|submitted|model(?:'s)?|student(?:'s)?|assistant(?:'s)?"
        r"|generated|actual|ai|system(?:'s)?|agent(?:'s)?|bot(?:'s)?) )?(?:answer|response|reply|output|submission"
        r"|completion|summary|claim|statement)(?: to (?:be )?(?:grade|judge|check|evaluate)d?)?|candidate"
        r"|(?:the )?(?:assistant|model|bot|agent)(?: (?:replied|answered|said|wrote|responded))?|prediction"
        r"|hypothesis"),
    ("question", r"(?:the )?(?:user(?:'s)?|customer(?:'s)?|original)? ?(?:question|query|task|request|prompt"
        r"|problem|input|message)|(?:the )?user(?: (?:asked|said|wrote))?"
        r"|(?:a |the )?(?:customer|somebody|someone)(?: (?:asked|wrote))?|asked"),
)  # fmt: skip
_INSTRUCTIONS = re.compile(r"(?:the )?(?:system )?instructions?|system prompt", re.IGNORECASE)
"""What somebody who answered was told; only in tags, as under a heading a judge's own orders are called so too."""

_HEADING = re.compile(
    r"^[ \t]*(?:#{1,4} ?|\*\*|\[|[-=]{2,} ?)?(?:"
    + "|".join(f"(?P<{part}>{pattern})" for part, pattern in _NAMES)
    + r")(?:\*\*|\])?[ \t]*(?::(?:\*\*)?|\]|[-=]{2,}|(?<=\*)$|(?:(?<=^)#.*)$)[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_PAIRS: tuple[tuple[str, str], ...] = (
    ("pass", "fail"), ("correct", "incorrect"), ("correct", "wrong"), ("supported", "unsupported"),
    ("supported", "not supported"),
    ("valid", "invalid"), ("accept", "reject"), ("good", "bad"), ("acceptable", "unacceptable"), ("right", "wrong"),
    ("true", "false"), ("yes", "no"),
)  # fmt: skip
_JUDGES = re.compile(
    r"\b(?:grade|grader|grading|judge|judging|evaluat\w+|assess\w*|score|rate|verify|check|review|verdict"
    r"|pass or fail|pass/fail"
    r"|is (?:the|this|that) (?:\w+ )?(?:answer|response|reply|output|claim|statement|summary)"
    r"|does (?:the|this|that) (?:\w+ )?(?:answer|response|reply|output|claim|summary)"
    r"|faithful|hallucinat\w+|supported|correct or incorrect)\b",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"\b(?:score|rate|rating|grade|scale|from|between)\b[^\n]{0,80}?\b(\d{1,3}) ?(?:to|-|–|and|through) ?(\d{1,3})\b",
    re.IGNORECASE,
)
_INSTRUCTS = re.compile(
    r"\b(?:reply|respond|answer with|output|say|return|write|verdict|grade|judge|score|rate"
    r"|(?:is|does) (?:the|this) (?:\w+ )?(?:answer|response|reply|output|claim|statement|summary|candidate))\b",
    re.IGNORECASE,
)


_BARE_ORDER = re.compile(
    r"(?:reply|respond|answer with|output|return)\b[^.!?]{0,80}(?:json|number|score|word|only)", re.I
)
_FAR = 100


_INLINE = re.compile(
    r"(?:(?<=[.!?;,|/])[ \t]+(?:\|[ \t]*)?|^[ \t]*)(?:\*\*)?(?-i:(?=[A-Z]))(?:"
    + "|".join(f"(?P<{part}>{pattern})" for part, pattern in _NAMES)
    + r")(?:\*\*)?:(?:\*\*)?[ \t]+",
    re.IGNORECASE | re.MULTILINE,
)
"""Headings within a line, `Expected: 4. Given answer: 5.`; looked for only where no lines begin with them."""

_CONDITION = re.compile(r"\b(?:pass|yes|true|accept|valid|correct)\b[\"'”]?,? if\b[^.\n]{4,200}", re.IGNORECASE)
_TAIL_ORDER = re.compile(r"(?<=[.!?\"”])\s+(?=[A-Z])")


class Case(msgspec.Struct, frozen=True):
    """What is to be judged, and in which words: two verdicts or a scale; `orders` is the prompt without the parts."""

    parts: dict[Part, str]
    good: str
    bad: str
    scale: tuple[int, int] | None
    orders: str = ""


def case_of(prompt: Prompt) -> Case | None:
    """The case a prompt puts; None where it asks for no judgement or shows nothing to judge."""
    system = _told(prompt.system)
    ends = f"{system[:3000]}\n{system[-3000:]}\n{prompt.question[:1500]}\n{prompt.question[-1500:]}"
    conditional = _CONDITION.search(ends)
    if not _JUDGES.search(ends) and not conditional and not re.search(r"\bPASS\b[^\n]{0,20}\bFAIL\b", ends):
        return None
    parts = parts_of(prompt.question)
    if "candidate" not in parts and _asks_about_the_text(ends):
        parts = _shown(prompt.question, parts)
    if "candidate" not in parts:
        return None
    orders = f"{system[:3000]}\n{system[-3000:]}\n{_without(prompt.question, parts)}"
    words, scale = _verdicts(orders), _SCALE.search(orders)
    limits = (int(scale[1]), int(scale[2])) if scale and words is None else None
    if words is None and (limits is None or limits[0] >= limits[1]):
        return None
    for part, text in parts_of(prompt.system).items():
        parts.setdefault(part, text)
    good, bad = words or ("", "")
    return Case(parts, good, bad, limits, orders)


def _told(system: str) -> str:
    """A system text without the instructions of somebody else that it shows in tags: what the judge itself is told."""
    for found in reversed(tagged(system)):
        if _INSTRUCTIONS.fullmatch(found.tag.replace("_", " ").replace("-", " ")):
            system = f"{system[: found.start]}\n{system[found.end :]}"
    return system


def _shown(question: str, parts: dict[Part, str]) -> dict[Part, str]:
    """The parts with the text that is asked about as the candidate, under whatever heading it stands."""
    named: tuple[Part, ...] = ("source", "question")
    for part in named:
        if part in parts:
            return {**{p: t for p, t in parts.items() if p != part}, "candidate": parts[part]}
    found = re.search(
        r"^(?:Email|Review|Comment|Sentence|Tweet|Post"
        r"|Letter):[ \t]*(\S[^\n]{0,4000})",
        question,
        re.M | re.I,
    )
    return {**parts, "candidate": _body(found[1])} if found else parts


def _asks_about_the_text(orders: str) -> bool:
    """Whether what is judged is called a text: `PASS if the text below ...`, `Is the following message ...`."""
    return (
        bool(
            re.search(
                r"\b(?:if|is|does|whether) (?:the|this) (?:following |given )?(?:text|message|email|review"
                r"|comment|passage)\b"
                r"(?! (?:say|state|answer|mention)s?\b)[^\n]*",
                orders,
                re.IGNORECASE,
            )
        )
        and _verdicts(orders) is not None
    )


def _without(text: str, parts: Mapping[Part, str]) -> str:
    """What is left of a prompt without its parts: the orders to the judge."""
    for part in parts.values():
        text = text.replace(part, "", 1) if part else text
    return f"{text[:1500]}\n{text[-1500:]}"


def _verdicts(text: str) -> tuple[str, str] | None:
    """The two words of a verdict as the prompt writes them, where they stand close to each other."""
    for good, bad in _PAIRS:
        a = list(itertools.islice(re.finditer(rf"\b{good}\b", text, re.IGNORECASE), 60))
        b = list(itertools.islice(re.finditer(rf"\b{bad}\b", text, re.IGNORECASE), 60))
        apart, x, y = min(((abs(x.start() - y.start()), x[0], y[0]) for x in a for y in b), default=(_FAR, "", ""))
        if apart < _FAR:
            return _cased(x), _cased(y)
    return None


def _cased(word: str) -> str:
    return word.capitalize() if word in ("yes", "no") else word


def parts_of(text: str) -> dict[Part, str]:
    parts: dict[Part, str] = {}
    for found in reversed(tagged(text)):
        part = _named(found.tag.replace("_", " ").replace("-", " "))
        if part:
            parts[part] = found.text
            text = f"{text[: found.start]}\n{text[found.end :]}"
    headings = _headings(text)
    for m, following in itertools.zip_longest(headings, headings[1:]):
        part = next((p for p, _ in _NAMES if m[p]), None)
        body = text[m.end() : following.start() if following else len(text)]
        if part and part not in parts:
            parts[part] = _body(body)
    return parts


def _headings(text: str) -> list[re.Match[str]]:
    """Headings at the beginnings of lines; where these hold no candidate, also within lines."""
    headings = list(_HEADING.finditer(text))
    if any(m["candidate"] for m in headings) or len(text) > 20_000:
        return headings
    inline = list(_INLINE.finditer(text))
    return inline if any(m["candidate"] for m in inline) else headings


def _orders(paragraph: str) -> bool:
    """Whether a paragraph tells the judge what to do."""
    return bool(_INSTRUCTS.search(paragraph)) or (len(paragraph) < _FAR and _verdicts(paragraph) is not None)


def _named(tag: str) -> Part | None:
    if _INSTRUCTIONS.fullmatch(tag):
        return "instructions"
    return next((part for part, pattern in _NAMES if re.fullmatch(pattern, tag, re.IGNORECASE)), None)


def _body(text: str) -> str:
    """A section without the instruction that may follow it after a blank line, and without fences."""
    paragraphs = re.split(r"\n\s*\n", text.strip("\n -="))
    while len(paragraphs) > 1 and len(paragraphs[-1]) < 600 and _orders(paragraphs[-1]):
        paragraphs.pop()
    lines = "\n\n".join(paragraphs).strip().strip("`").strip().splitlines()
    while len(lines) > 1 and len(lines[-1]) < 600 and _INSTRUCTS.search(lines[-1]) and _verdicts(lines[-1]):
        lines.pop()
    joined = "\n".join(lines)
    told = _TAIL_ORDER.split(joined)
    whole = len(told)
    while len(told) > 1 and _INSTRUCTS.search(told[-1]) and (_verdicts(told[-1]) or _BARE_ORDER.match(told[-1])):
        told.pop()
    kept = joined if len(told) == whole else joined[: joined.rindex(told[-1]) + len(told[-1])]
    return kept.strip().strip('"“”').strip()
