"""Small orders: repeat, count, name some things, a joke, who one is, a function, an e-mail, a text to be reworded."""

import re

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.phrasing import sentence_case
from optlab.simulator.model.reading import content_words, stem, stems
from optlab.simulator.model.texts import sections

_N = r"(\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten)"
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_REPEAT = re.compile(
    r"^\W*(?:please )?(?:repeat|echo|say|reply with|respond with|output|print|write)(?: back)?"
    r"(?:(?: exactly| only| just| the following(?: \w+)?| after me| this| these words| the words?)+ ?:?"
    r"| ?:)\s*(\S.{0,600})$",
    re.IGNORECASE | re.DOTALL,
)
_SAY = re.compile(r"^\W*(?:please )?say ((?!something|why|what|how|if|whether|a )\S.{0,80}?)[.!]?$", re.IGNORECASE)
_COUNT = re.compile(
    r"^\W*(?:please )?count (?:up |down "
    r"|backwards )?from (\d{1,5}) (?:down )?to (\d{1,5})\b",
    re.IGNORECASE,
)
_NAME = re.compile(rf"^\W*(?:please )?(?:name|list|give(?: me)?|tell me) {_N} (?:\w+ )?(\w+)\W*$", re.IGNORECASE)
_JOKE = re.compile(r"\b(?:tell|know|make|give)\b[^.?!]{0,30}\bjokes?\b", re.IGNORECASE)
_WHO = re.compile(r"\bwho (?:are|r) (?:you|u)\b|\bwhat(?:'s| is) your name\b|\bintroduce yourself\b", re.IGNORECASE)
_CODE = re.compile(
    r"\b(?:write|create|implement|give me|code)\b[^.?!\n]{0,40}\b(?:function|script|program"
    r"|method)\b",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"\b(?:write|draft|compose)\b[^.?!\n]{0,40}\b(?:e-?mail|letter)\b(?: to (?P<to>(?:an?|the"
    r"|my|our) \w+))?"
                    r"(?P<rest>[^.?!\n]{0,160})", re.IGNORECASE)  # fmt: skip
_HAIKU = re.compile(r"\bhaiku\b", re.IGNORECASE)
_REWORD = re.compile(
    r"^\W*(?:please )?(?:translate|rewrite|rephrase|paraphrase|reword|correct|proofread"
    r"|make)\b(?P<how>[^:\n]{0,80}):\s*"
    r"(?P<text>\S.{0,4000})$",
    re.IGNORECASE | re.DOTALL,
)
_SOFTER = (
    ("now", "as soon as you can"),
    ("immediately", "as soon as you can"),
    ("must", "might"),
    ("want", "would like"),
)


def done(desk: Desk) -> str | None:
    """What a small order asks for; None where the prompt is none."""
    asked = desk.prompt.question.strip()
    if len(asked) > 4_500 or desk.prompt.results:
        return None
    for order in (_reworded, _repeated, _counted, _written, _named):
        text = order(asked, desk)
        if text is not None:
            return text
    return None


def _repeated(asked: str, desk: Desk) -> str | None:
    found = _REPEAT.match(asked) or _SAY.match(asked)
    return found[1].strip().strip('"“”') if found else None


def _counted(asked: str, desk: Desk) -> str | None:
    found = _COUNT.match(asked)
    if found is None:
        return None
    first, last = int(found[1]), int(found[2])
    step = 1 if last >= first else -1
    return ", ".join(str(n) for n in range(first, last + step, step)[:1_000])


def _named(asked: str, desk: Desk) -> str | None:
    found = _NAME.match(asked)
    if found is None:
        return None
    kind = found[2].lower()
    lines = next((lines for name, lines in sections("replies.txt") if kind in name.split()), None)
    if lines is None:
        return None
    things = lines[0].split(", ")
    count = (
        int(found[1]) if found[1].isdigit() else _NUMBERS.index(found[1].lower()) if found[1].lower() in _NUMBERS else 1
    )
    chosen = desk.rng.sample(things, min(count, len(things)))
    return sentence_case(", ".join(chosen)) + desk.rng.choice((".", ""))


def _written(asked: str, desk: Desk) -> str | None:
    if len(asked) > 3 and not re.search(r"[A-Za-z0-9]", asked):
        return "I'm sorry, I can't answer well in this language. Could you ask me in English?"
    if _WHO.search(asked) and len(asked) < 120:
        return _one_of("introduction", desk)
    if _JOKE.search(asked) and len(asked) < 200:
        return _one_of("joke", desk)
    if _HAIKU.search(asked) and len(asked) < 300:
        return "\n".join(
            sentence_case(v) for v in _one_of("haiku", desk).format(topic=desk.ask.topic or "the season").split("\n")
        )
    if _CODE.search(asked) and desk.ask.shape in ("open", "number"):
        return _function(asked, desk)
    found = _EMAIL.search(asked)
    return _email(found, desk) if found and desk.ask.shape == "open" else None


def _function(asked: str, desk: Desk) -> str:
    """A short function; the table's nearest, named after what is asked."""
    words = stems(asked)
    known = [(name, lines) for name, lines in sections("replies.txt") if name.startswith("code ")]
    scored = [(len({stem(w) for w in name.split()[1:]} & words), lines[0]) for name, lines in known]
    body = max(scored, key=lambda s: s[0])[1] if max(scored)[0] else known[-1][1][0]
    telling = [w.lower() for w in content_words(asked) if w.isascii() and w.isalpha()]
    name = (
        "_".join([w for w in telling if w not in ("python", "function", "script", "program", "method", "create")][:2])
        or "solve"
    )
    lead = desk.rng.choice(("Here is a short version:\n\n", "", "This does it:\n\n"))
    return lead + "```python\n" + body.replace("\\n", "\n").replace("{name}", name) + "\n```"


def _email(found: re.Match[str], desk: Desk) -> str:
    who = re.sub(r"^(?:an?|the|my|our) ", "", found["to"] or "", flags=re.IGNORECASE)
    matter = re.sub(r"^\W*(?:whose|about|that|who|to|saying|because|regarding)\s+", "", found["rest"].strip(" .,"))
    subject = sentence_case(matter) or "A short note"
    opening = f"Dear {sentence_case(who) if who else 'Sir or Madam'},"
    sorry = (
        "We are sorry for the trouble this causes you. "
        if re.search(
            r"\b(?:late|delay|lost|broken|wrong"
            r"|cancel)",
            matter,
        )
        else ""
    )
    body = f"I am writing to you about the following: {matter or 'a short matter'}. {sorry}"
    end = desk.rng.choice(("Please let us know if you have any questions.", "We will keep you informed."))
    return f"Subject: {subject}\n\n{opening}\n\n{body.strip()} {end}\n\nKind regards"


def _reworded(asked: str, desk: Desk) -> str | None:
    """A text said again: politely where that is wanted; a language this model does not have is admitted."""
    found = _REWORD.match(asked)
    if found is None:
        return None
    text = found["text"].strip().strip('"“”')
    if re.match(r"\W*(?:please )?translate", asked, re.IGNORECASE):
        into = re.search(r"\b(?:in)?to ([A-Z][a-z]+)", found["how"])
        return f"I can't give you a reliable translation{f' into {into[1]}' if into else ''} of this text."
    plain = text.rstrip(".!")
    if re.search(r"\bpolite|\bfriendl|\bnice|\bkind|\bformal|\bprofessional", found["how"], re.IGNORECASE):
        for blunt, soft in _SOFTER:
            plain = re.sub(rf"\b{blunt}\b", soft, plain)
        return f"{desk.rng.choice(('Could you please', 'Would you kindly'))} {plain[:1].lower()}{plain[1:]}?"
    return f"{desk.rng.choice(('Put differently, ', 'In other words, '))}{text[:1].lower()}{text[1:]}"


def _one_of(heading: str, desk: Desk) -> str:
    return desk.rng.choice(dict(sections("replies.txt"))[heading]).replace("\\n", "\n")
