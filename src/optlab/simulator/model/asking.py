"""What is asked for: a word, a number, so many sentences, bullets, paragraphs or words, an answer; and about what.

The last user turn decides; where it says nothing about shape, the system text may ("Answer in two sentences.").
"""

import re
from typing import Literal

import msgspec

from optlab.simulator.model.prompt import Prompt
from optlab.simulator.model.reading import STOP_WORDS, words
from optlab.simulator.model.texts import word_list

Shape = Literal["word", "number", "sentences", "bullets", "paragraphs", "words", "open"]

_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_N = rf"(?P<n>\d{{1,5}}|{'|'.join(_NUMBERS)}|a single|single)"
_GAP = r"[\s-]+(?:[a-z]+[\s-]+){0,2}?"
_WINDOW = 900
"""Characters at either end of a long text where an instruction is looked for."""

_A_NUMBER = r"(?:number|digit|integer|score|figure|year)"
_SHAPE_WORDS: tuple[tuple[Shape, str], ...] = (
    ("word", r"\b(?:one|single|a)[- ](?:single[- ])?(?:word|term|label|category|letter)\b(?! or two)"),
    ("word", r"\b(?:only|just)(?: with| by)?(?: the| a| one)?(?: \w+)? (?:word|name|label|category|letter|title)\b"),
    ("word", r"\b(?:yes or no|yes/no|true or false|true/false)\b"),
    ("number", rf"\b(?:one|single|only|just|exactly)(?: with)?(?: the| a| one)? {_A_NUMBER}\b"),
    ("number", rf"\b{_A_NUMBER} only\b"),
    (
        "number",
        r"\b(?:reply|answer|respond|output|return)(?: only)? (?:with|as)(?: only| just)? (?:the|a|an) "
        rf"(?:\w+ )?{_A_NUMBER}\b",
    ),
    ("number", r"\b(?:rate|score)\b[^.!?]{0,80}\b(?:from|of|between)? ?\d+ ?(?:to|and|-|–) ?\d+\b"),
    ("bullets", rf"\b{_N}{_GAP}(?:bullets?(?: points?)?|points|items|tips|reasons|steps|ideas|examples|takeaways)\b"),
    ("paragraphs", rf"\b{_N}{_GAP}paragraphs?\b"),
    ("sentences", rf"\b{_N}{_GAP}sentences?\b"),
    ("words", rf"\b{_N}[\s-]+words?\b"),
    ("bullets", r"\b(?:bullets?|bullet points?|bulleted list)\b"),
    (
        "paragraphs",
        r"\b(?:write|compose|draft|produce|give|create|need|want|generate|prepare)\b[^.?!\n]{0,60}"
        r"\b(?P<essay>essay|article|report|story|blog post|speech)\b",
    ),
    ("paragraphs", r"^\W*(?:an? )?(?:[\w-]+ ){0,2}(?P<longform>essay|article|story|blog post|speech)\b"),
)
_SHAPES = tuple((shape, re.compile(pattern, re.IGNORECASE)) for shape, pattern in _SHAPE_WORDS)
_DEFAULT_COUNT: dict[Shape, int] = {"bullets": 4, "paragraphs": 5}

_TAIL = re.compile(
    rf"[\s,]*\b(?:in|with|using|as|under|within|at most|about|around)\s+"
    rf"(?:exactly|about|around|at most|no more than|only|just|under|up to)?\s*\b(?:{_N}|a few|some){_GAP}"
    r"(?:bullets?(?: points?)?|points|paragraphs?|sentences?|words?|items|lines)\b.*$",
    re.IGNORECASE,
)
_HOW_TO = re.compile(
    r"^how (?:do|can|could|should|would|does|to)\b(?: (?:i|you|we|one|people|someone|a customer))? ([a-z]{2,})\b(.*)$",
    re.IGNORECASE,
)
_HOW_THINGS = re.compile(
    r"\b(how (?!do\b|does\b|can\b|could\b|should\b|to\b|much\b|many\b|long\b|is\b|are\b)\w+ .+)$", re.I
)
_HOW_MADE = re.compile(
    r"^how (is|are|was|were) ((?:the |an? )?(?:[\w-]+ ){0,2}[\w-]+?) ([a-z]+(?:ed|de|en|wn"
    r"|ught|ilt))\b(.*)$",
    re.I,
)
_MEASURED = re.compile(
    r"^(?:(?:within|for|in|at|until|by) )?(?:how (?:long|soon|often|much|many(?: [a-z]+)?)|what time|when)(?: of)? "
    r"(?:does|do|did|will|can|must|should|is|are|was|were) (?!(?:i|you|we|they|he|she|it|there|this|that)\b)"
    r"((?:[\w-]+ ){1,3}?)[a-z]+(?: (?:for|on|in|at|by|to|from|with|until)\b.*)?$",
    re.IGNORECASE,
)
"""`How long does standard delivery take`: a question for the measure of something is about that something."""
_WHY = re.compile(r"^why (is|are|was|were|do|does) ((?:the |an? )?[\w-]+) (.+)$", re.I)
_LENGTH = re.compile(
    r" (?:of|with|in) (?:about |around |some |roughly "
    r"|approximately )?\d+ words?\b(?= (?:about|on)\b)",
    re.I,
)
_STEPS = re.compile(r"\b(?:steps|ways|tips|ideas) to ([a-z]{2,})\b(.*)$", re.IGNORECASE)
_DOUBLED = re.compile(r"[a-z]{1,2}[aeiou][bdgmnpt]|reset|begin|forget|submit|cancel")
_FORM_ALONE = re.compile(
    r"^\W*(?:(?:answer|reply)\W+)?(?:yes or no|yes/no|true or false|true/false|right|ok(?:ay)?)\W*$", re.I
)
_ABOUT = re.compile(r"\b(?:about|on|regarding|concerning|explaining|describing|titled)\s+(.+)$", re.IGNORECASE)
_OPENERS = frozenset(word_list("openers of a request"))


class Ask(msgspec.Struct, frozen=True):
    """A recognised request: shape of the answer, how many units, the asking sentence and its topic."""

    shape: Shape
    count: int
    question: str
    topic: str
    summary: bool


def understand(prompt: Prompt) -> Ask:
    """What the last user turn asks for."""
    question = asking_sentence(prompt.question)
    shape, count = _shape(_ends(prompt.question)) or _shape(_ends(prompt.system)) or ("open", 0)
    summary = bool(re.search(r"\b(?:summar|tl;?dr|condense|key points|gist)", _ends(prompt.question), re.IGNORECASE))
    return Ask(shape, count, question, topic_of(question), summary)


def asking_sentence(text: str) -> str:
    """The sentence that asks: the last question, else the last line that opens like an instruction, else the last."""
    parts = [p.strip() for p in re.split(r"(?<=[.!?:])\s+|\n+", _ends(text)) if p.strip()]
    if not parts:
        return text.strip()[:300]
    questions = [p for p in parts if p.endswith("?") and not _FORM_ALONE.match(p)]
    if questions:
        return questions[-1]
    orders = [p for p in parts if words(p) and words(p)[0].lower() in _OPENERS and len(words(p)) > 2]
    return (orders or parts)[-1]


def is_how_to(question: str) -> bool:
    """Whether a question asks how to do something."""
    return bool(_HOW_TO.match(question.strip().rstrip("?.!: ")))


def topic_of(question: str) -> str:
    """The noun phrase that a question or an instruction is about, at most eight words, without closing punctuation."""
    text = _LENGTH.sub("", question.strip().rstrip("?.!: "))
    text = _TAIL.sub("", re.sub(r",? (?:as a )?numbered(?: list)?\b.*$", "", text))
    steps = _STEPS.search(text)
    if steps:
        return f"{_gerund(steps[1].lower())}{steps[2]}"[:80]
    how_to = _HOW_TO.match(text)
    if how_to:
        return f"{_gerund(how_to[1].lower())}{how_to[2]}"[:80]
    made = _HOW_MADE.match(text)
    if made:
        return made[2][:80]
    measured = _MEASURED.match(text)
    if measured:
        return measured[1].strip()[:80]
    why = _WHY.match(text)
    if why:
        return why[2][:80]
    found = _HOW_THINGS.search(text) or _ABOUT.search(text)
    if found:
        text = found[1]
    if _bare(text.split(" ")[0]) == "how":
        return text[:80]
    parts = text.split()
    named = found is not None and len(parts) <= 4
    while not named and parts and _bare(parts[0]) in (_OPENERS | STOP_WORDS) and _bare(parts[0]) not in ("the",):
        parts.pop(0)
    while len(parts) > 1 and _bare(parts[0]) == "the" and _bare(parts[1]) in _OPENERS:
        parts = parts[2:]
        while parts and _bare(parts[0]) in (_OPENERS | STOP_WORDS):
            parts.pop(0)
    if found is None or len(parts) > 8:
        parts = parts[:8]
    while not named and parts and _bare(parts[-1]) in (STOP_WORDS | {"work", "works", "mean", "means", "happen"}):
        parts.pop()
    topic = " ".join(parts).strip(" ,;:.\"'“”")
    return topic[:80]


def _gerund(verb: str) -> str:
    if verb.endswith("e") and not verb.endswith("ee"):
        return f"{verb[:-1]}ing"
    return f"{verb}{verb[-1] if _DOUBLED.fullmatch(verb) else ''}ing"


def _bare(word: str) -> str:
    return word.lower().strip(".,;:!?\"'()“”")


def _ends(text: str) -> str:
    return text if len(text) <= 2 * _WINDOW else f"{text[:_WINDOW]}\n{text[-_WINDOW:]}"


def _shape(text: str) -> tuple[Shape, int] | None:
    for shape, pattern in _SHAPES:
        found = pattern.search(text)
        if not found:
            continue
        groups = found.groupdict()
        if groups.get("n"):
            count = _number(groups["n"])
            return ("word", 1) if shape == "words" and count == 1 else (shape, max(count, 1))
        return shape, _DEFAULT_COUNT.get(shape, 1)
    return None


def _number(text: str) -> int:
    lowered = text.lower()
    if lowered.isdigit():
        return int(lowered)
    return _NUMBERS.index(lowered) + 1 if lowered in _NUMBERS else 1
