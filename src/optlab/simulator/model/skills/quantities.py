"""Reading a word problem: every quantity with its unit, its owner and what happens to it, by the words around it."""

import re
from typing import Literal

import msgspec

from optlab.simulator.model.reading import STOP_WORDS, stem
from optlab.simulator.model.skills.number_words import simplify
from optlab.simulator.model.texts import word_list

Role = Literal["have", "gain", "lose", "rate", "scale", "share", "times", "more", "pay", "cut"]

MOST_QUANTITIES = 24


class Quantity(msgspec.Struct, frozen=True):
    """A number of a problem. `unit` is a stem; a rate is so many `unit` per `per`; `other` is whom it is compared with.

    A `scale` multiplies what there is, a `cut` is always taken off, `times` and `more` make a quantity out of another
    one's. A `whole` is what all have together.
    """

    value: float
    unit: str
    role: Role
    owner: str
    per: str = ""
    other: str = ""
    asked: bool = False
    whole: bool = False


_CLAUSE = re.compile(
    r"[.;!?]\s+|[.;!?]$|\n+|,? (?:and|but) (?:then )?(?=(?:he|she|they|it|i|we|then|later|his|her|each|every"
    r"|[A-Z][a-z]+|"
    r"gives?|gave|sells?|sold|buys?|bought|eats?|ate|loses?|lost|uses?|used|spends?|spent|pays?|paid|finds?|found"
    r"|gets?|got|"
    r"receives?|donates?|another|picks?|makes?|bakes?|has|had|is|takes?|throws?|shares?|divides?|earns?|breaks?"
    r"|puts?)\b)"
    r"|, (?=then\b|which\b|each\b)"
)
_NUMBER = re.compile(r"(?<![\w.])\d{1,15}(?:\.\d{1,9})?(?!\d)")
_LOSE = re.compile(
    r"\b(?:gives?|gave|given|sells?|sold|eats?|ate|eaten|loses?|lost|us(?:es|ed?)|spends?|spent|donat\w+|throws?"
    r"|threw|breaks?"
    r"|broke\w*|remov\w+|withdr\w+|drinks?|drank|returns?|returned|tak(?:es?|ing) out|took out|lends?|lent|pops?"
    r"|popped|flew"
    r"|fly|flies|get off|got off|gets off|leaves?|left(?! over)|fewer than before|died|die|cut off|ship\w*|pays?"
    r"|paid|wast\w+)\b"
)
_GAIN = re.compile(
    r"\b(?:buys?|bought|finds?|found|gets?(?! off)|got(?! off)|receiv\w+|earns?|earned|collect\w*|picks?|picked"
    r"|gain\w*|adds?|added"
    r"|more|another|joins?|joined|arriv\w+|wins?|won|saves?|saved|bakes?|baked|makes?|made|plants?|planted"
    r"|gets? on|got on|additional)\b"
)
_FALLS = re.compile(
    r"\b(?:reduc\w+|lower(?:s|ed)|cuts?|drop(?:s|ped)?|falls|fell|fallen|decreas\w+|discount\w*|mark(?:s|ed)? down"
    r"|slash\w*|knock(?:s|ed)? off|sinks?|sank)\b"
)
_RISES = re.compile(r"\b(?:increas\w+|rais\w+|r[io]sen?|rises|gr[eo]ws?|grown|mark(?:s|ed)? up|climb\w*)\b")
_AGAIN = re.compile(r"\s*(?:then |later |afterwards |again )*by\b")
_TAKEN_OFF = re.compile(
    r"\s*(?:dollars )?(?:(?:is|are|was|were) )?(?:then )?(?:(?:taken|knocked) off|deducted|subtracted|off\b)"
)
_WHOLE = re.compile(
    r"\b(?:together|altogether|combined|in total|in all|sum of|total of|total age|add(?:s|ed)? up to)\b", re.IGNORECASE
)
_PRICE = re.compile(r"\b(?:costs?|priced?|prices|for|at|pays?|earns?|charges?|sells?|sold)\b")
_TIME = {"second": 1.0, "minut": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}


def quantities(text: str, question: str) -> list[Quantity]:
    """All quantities of a problem in order; those that stand only in its question come last, marked `asked`."""
    told = text.replace(question, " ") if question in text else text
    found: list[Quantity] = []
    owner, verb = "", None
    for part, asked in ((told, False), (question, True)):
        for clause in _CLAUSE.split(simplify(part)):  # `reduced by 25% and then by 4`: the verb counts twice
            name = _owner(clause)
            if name:
                owner = name
            moved = _moves(clause.lower())
            if moved is None and verb and _AGAIN.match(clause):
                clause, moved = f"{verb} {clause}", verb
            verb = moved
            found.extend(_clause(clause, owner, asked))
    return found[:MOST_QUANTITIES]


def singular(word: str) -> str:
    """The stem of a counted noun; `shelves` and `shelf` meet."""
    found = stem(word)
    return f"{found[:-1]}f" if found.endswith("v") else found


def unit_seconds(unit: str) -> float | None:
    """How many seconds a unit of time is; None for anything else."""
    return _TIME.get(unit)


def _clause(clause: str, owner: str, asked: bool) -> list[Quantity]:
    found: list[Quantity] = []
    numbers = list(_NUMBER.finditer(clause))
    for i, number in enumerate(numbers):
        end = numbers[i + 1].start() if i + 1 < len(numbers) else len(clause)
        before, after = clause[: number.start()].lower(), clause[number.end() : end].lower()
        if re.match(r"\s*(?:years? old|-year-old|st\b|nd\b|rd\b|th\b)", after) and not asked and "year" not in after:
            continue
        found.append(_quantity(float(number[0]), before, after, clause, owner, asked))
    return found


def _quantity(value: float, before: str, after: str, clause: str, owner: str, asked: bool) -> Quantity:
    unit, rest = _unit(after)
    if after.lstrip().startswith("%"):
        return Quantity(_factor(value, before, clause.lower()), "", "scale", owner, other=_whose(after), asked=asked)
    if re.match(r"\s*times (?:as|more|the|older|bigger|larger|longer|heavier|[a-z]+'s)\b", after):
        return Quantity(value, _unit(re.sub(r"^\s*times as (?:many|much)|^\s*times", "", after))[0], "times", owner,
                        other=_compared(clause), asked=asked)  # fmt: skip
    compared = re.search(r"\b(more|older|longer|taller|heavier|fewer|less|younger|shorter)\b[^.]{0,40}?\bthan\b", after)
    if compared:
        sign = -1.0 if compared[1] in ("fewer", "less", "younger", "shorter") else 1.0
        return Quantity(sign * value, unit, "more", owner, other=_compared(clause), asked=asked)
    shared = re.match(r"\s*(?:\w+ )?\w+ (?:share|split|divide)\b", after)
    if shared or re.search(
        r"\b(?:among|between|into|divided by|shared by|split by|equally with)\s+(?:\w+ ){0,2}$", before
    ):
        return Quantity(value, unit, "share", owner, asked=asked)
    per = _per(before, after, rest)
    if per:
        return Quantity(value, unit, "rate", owner, per=per, asked=asked)
    if unit == "dollar" and re.search(r"\b(?:bill|note)\b|\bwith (?:a |an )?$", f"{after} {before[-14:]}"):
        return Quantity(value, unit, "pay", owner, asked=asked)
    whole = not asked and bool(_WHOLE.search(clause))
    return Quantity(value, unit, _role(before, after, unit), owner, asked=asked, whole=whole)


def _role(before: str, after: str, unit: str) -> Role:
    whole = f"{before} {after}"
    if _TAKEN_OFF.match(after) or (_FALLS.search(_moves(before) or "") and re.search(r"\bby (?:\w+ ){0,2}$", before)):
        return "cut"
    at_once = re.match(r"\s*(?:\w+ )?(?:gets? o(n|ff)|got o(n|ff))\b", after)
    if at_once:
        return "lose" if "ff" in at_once.groups() else "gain"
    if unit == "dollar" and re.search(r"\b(?:buys?|bought|costs?|orders?)\b", before):
        return "lose"
    if re.search(r"\b(?:gives?|gave|lends?|sends?|sent) (?:her|him|them|me|us|it)\b[^.]{0,12}$", before):
        return "gain"
    verbs = [
        (m.start(), role) for role, pattern in (("lose", _LOSE), ("gain", _GAIN)) for m in pattern.finditer(before)
    ]
    if verbs:
        return "lose" if max(verbs)[1] == "lose" else "gain"
    if re.search(r"\b(?:more|another|join\w*|arriv\w+|are added|get on|got on)\b", whole):
        return "gain"
    if re.search(
        r"\b(?:are|were|is|was|get|got|have|had)? ?(?:sold|taken|eaten|lost|broken|removed|used|given away|died"
        r"|left early|leave|get off|got off|flew away|fly away|rotten|stolen)\b",
        whole,
    ):
        return "lose"  # fmt: skip
    return "have"


def _per(before: str, after: str, rest: str) -> str:
    """What a rate is counted by: `per box`, `each`, `a day`, `every hour`, `each box holds N`."""
    found = re.match(
        r"\s*(?:(?:leak|drip|flow|run|fall|come)s?(?: out| in| away)? )?(?:per|every|for (?:each|every)|each|an?"
        r"|in (?:each|every|an?)|on each|at each)\s+([a-z]+)",
        rest,
    )
    if (
        found
        and found[1] not in ("time", "of", "other", "and", "or", "for", "in", "on", "at")
        and not found[1].endswith("ly")
    ):
        return singular(found[1])
    if re.match(r"[^.]{0,12}?\b(?:each|apiece)\b", rest):
        return _thing(before) or "each"
    found = re.search(r"\b(?:each|every|an?|one|per) ([a-z]+)(?: of [a-z]+| [a-z]+)? (?:has|have|holds?|contains?"
        r"|costs?|weighs?|sells? for|sold for|is|takes?|needs?|seats?|earns?|produces?|gets?|makes?|lays?"
        r"|uses?)\s+(?:\w+ )?$", before)  # fmt: skip
    if found:
        return singular(found[1])
    found = re.search(r"\b([a-z]+s) (?:cost|costs|sell for|are sold for|are|sold for|hold|contain) $", before)
    return singular(found[1]) if found and re.match(r"\s*(?:dollars|cents)?\s*each", after) else ""


def _thing(before: str) -> str:
    """The last counted thing before `each`."""
    found = re.findall(r"\d+ (?:[a-z]+ )?([a-z]+s)\b|\b([a-z]+s)\b", before)
    named = [a or b for a, b in found if (a or b) not in ("costs", "sells", "has", "is", "was", "buys", "gives", "his")]
    return singular(named[-1]) if named else ""


def _unit(after: str) -> tuple[str, str]:
    """The stem of the noun that a number counts, and the text behind it."""
    rest = re.sub(
        r"^\s*(?:times 12|more|fewer|less|additional|extra|other|full|new|of (?:the|his|her|their|its|them))\b",
        "",
        after,
    )
    words = re.match(r"\s*((?:[a-z]+\s+){0,2}?)([a-z]+)", rest)
    if not words:
        return "", rest
    for found in re.finditer(r"[a-z]+", rest[:48]):
        word = found[0]
        if word in STOP_WORDS or word in ("per", "each", "every", "cost", "costs"):
            break
        if word.endswith("s") or word in ("people", "children", "men", "women", "km", "money", "feet", "fish", "sheep"):
            return singular(word), rest[found.end() :]
    first = re.match(r"\s*([a-z]+)", rest)
    if first is None or first[1] in STOP_WORDS or first[1] in ("per", "each", "every"):
        return "", rest
    return singular(first[1]), rest[first.end() :]


def _moves(text: str) -> str | None:
    """The last verb of falling or rising in a text."""
    found = [(m.start(), m[0]) for pattern in (_FALLS, _RISES) for m in pattern.finditer(text)]
    return max(found)[1] if found else None


def _factor(percent: float, before: str, clause: str) -> float:
    share = percent / 100.0
    moved = _moves(before)
    if moved:
        return 1.0 - share if _FALLS.search(moved) else 1.0 + share
    if re.search(
        r"\b(?:off|discount\w*|less|cheaper|decreas\w+|reduc\w+|drop\w*|fell|fewer)\b", clause
    ) or _LOSE.search(clause):
        return 1.0 - share
    if re.search(
        r"\b(?:more|increas\w+|tax|tip|interest|rais\w+|r[io]se\w*|grow\w*|grew|add\w*|higher|markup)\b", clause
    ):
        return 1.0 + share
    return share


def _whose(after: str) -> str:
    found = re.search(r"\bof ([a-z]+)", after)
    return found[1] if found else ""


def _compared(clause: str) -> str:
    found = re.search(r"\b(?:as|than|times) ([A-Z][a-z]+)\b", clause)
    return found[1] if found else ""


def _owner(clause: str) -> str:
    for name in re.findall(r"\b[A-Z][a-z]{1,}\b", clause):
        if name.lower() not in STOP_WORDS and name.lower() not in _NO_OWNERS:
            return str(name)
    return ""


_NO_OWNERS = frozenset(word_list("capitalised words that own nothing"))
