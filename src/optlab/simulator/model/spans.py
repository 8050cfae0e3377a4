"""Typed stretches of text: dates, amounts, durations, names, addresses. What a question or a field asks for is a type.

Patterns are anchored on rare characters and bounded in length, so that reading takes time linear in the text.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import msgspec

from optlab.simulator.model.reading import STOP_WORDS
from optlab.simulator.model.texts import word_list

Type = Literal[
    "year", "date", "time", "duration", "money", "percent", "number", "measure", "email", "phone", "url", "code",
    "name", "place", "goods",
]  # fmt: skip

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_SPELLED = rf"(?:{'|'.join(SMALL[1:])}|thirty|forty|fifty|sixty|ninety)"
_FIGURE = r"\d{1,3}(?:,\d{3}){1,5}(?:\.\d+)?|\d{1,12}(?:\.\d{1,6})?"
_TIME_UNIT = r"(?:seconds?|minutes?|mins?|hours?|days?|nights?|weeks?|months?|years?|decades?|centur(?:y|ies))"
_UNIT = (
    r"(?:kilograms?|kg|grams?|g|pounds?|lbs?|tonnes?|tons?|litres?|liters?|ml|metres?|meters?|m|kilomet(?:re|er)s?|km"
    r"|miles?|cm|centimet(?:re|er)s?|mm|inch(?:es)?|feet|foot|degrees?|°C|°F|volts?|watts?|kWh|MB|GB|TB|km/h|mph)"
)
_CAPITALISED = r"(?:[A-ZÀ-Þ](?:[a-zß-ÿ]+|\.)(?:[-'’][A-ZÀ-Þ]?[a-zß-ÿ]+)*|[A-Z]{2,6}\b)"

_PATTERNS: Mapping[Type, re.Pattern[str]] = {
    "email": re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
    "url": re.compile(r"\bhttps?://[^\s<>\"')\]]{1,300}|\bwww\.[^\s<>\"')\]]{1,300}"),
    "date": re.compile(
        rf"\b\d{{4}}-\d{{2}}-\d{{2}}\b|\b\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}}\b"
        rf"|\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b"
        rf"|\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\.?(?:,? \d{{4}})?\b|\b{_MONTH} \d{{4}}\b"
        r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b"
    ),
    "time": re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?\b|\b\d{1,2} ?[ap]\.?m\b\.?", re.I),
    "money": re.compile(
        rf"[$€£¥] ?(?:{_FIGURE})|\b(?:USD|EUR|GBP|CHF) ?(?:{_FIGURE})"
        rf"|\b(?:{_FIGURE}) ?(?:dollars?|euros?|cents?|USD|EUR|GBP|CHF|[$€£])"
    ),
    "percent": re.compile(rf"\b(?:{_FIGURE}) ?(?:%|percent\b|per cent\b)"),
    "duration": re.compile(
        rf"\b(?:{_FIGURE}|{_SPELLED}|an?)(?: (?:to|or|and|-) (?:{_FIGURE}|{_SPELLED}))?[ -]"
        rf"(?:(?:business|working|full|calendar|half) )?{_TIME_UNIT}\b",
        re.I,
    ),
    "measure": re.compile(rf"(?<![\w.])-?(?:{_FIGURE}) ?{_UNIT}(?![\w])"),
    "phone": re.compile(r"(?<![\w.])(?:\+|\()?\d(?:[\s().-]{0,2}\d){6,14}(?![\w])"),
    "year": re.compile(r"\b(?:1[0-9]|20)\d{2}\b(?![.,]?\d)"),
    "code": re.compile(
        r"(?<![\w#])#?(?=[A-Z0-9-]{3,24}(?![\w]))(?=[A-Z-]{0,23}\d)[A-Z0-9]{1,24}(?:-[A-Z0-9]{1,24}){0,8}"
    ),
    "number": re.compile(rf"(?<![\w.])-?(?:{_FIGURE})(?![\w])|\b{_SPELLED}\b", re.I),
    "name": re.compile(rf"{_CAPITALISED}(?:(?: (?:of|de|van|von|der|and the))? {_CAPITALISED}){{0,3}}"),
    "goods": re.compile(r"(?<=\d )(?:[a-z]{2,20} )?[a-z]{2,20}s\b"),
    "place": re.compile(
        rf"(?<=\bin )(?:the )?{_CAPITALISED}(?: {_CAPITALISED}){{0,3}}|(?<=\bat )(?:the )?{_CAPITALISED}"
        rf"(?: {_CAPITALISED}){{0,3}}|(?<=\bnear )(?:the )?{_CAPITALISED}|(?<=\bfrom )(?:the )?{_CAPITALISED}"
        rf"(?: {_CAPITALISED}){{0,2}}|(?<=\bto )(?:the )?{_CAPITALISED}(?: {_CAPITALISED}){{0,2}}"
    ),
}

_NOT_A_NAME = STOP_WORDS | frozenset(word_list("capitalised words that are no names"))


class Span(msgspec.Struct, frozen=True):
    """A stretch of text and where it begins."""

    text: str
    start: int


@lru_cache(maxsize=256)
def spans(kind: Type, text: str) -> tuple[Span, ...]:
    """All stretches of one type, in order."""
    found = [Span(m[0].strip(), m.start()) for m in _PATTERNS[kind].finditer(text)]
    if kind == "name":
        return tuple(s for s in (_name(s, text) for s in found) if s)
    if kind == "phone":
        taken = {d.start for d in spans("date", text)}
        return tuple(s for s in found if s.start not in taken and sum(c.isdigit() for c in s.text) >= 7)
    return tuple(found)


def figure(text: str) -> float | None:
    """The first number of a text, digits or spelled; None where there is none."""
    found = re.search(rf"-?(?:{_FIGURE})", text)
    if found:
        return float(found[0].replace(",", ""))
    spelled = re.search(rf"\b{_SPELLED}\b", text, re.I)
    return spelled_number(spelled[0]) if spelled else None


def spelled_number(word: str) -> float | None:
    """The value of a spelled number of one word."""
    tens = {"thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "ninety": 90.0}
    lowered = word.lower()
    return float(SMALL.index(lowered)) if lowered in SMALL else tens.get(lowered)


def _name(span: Span, text: str) -> Span | None:
    parts = span.text.split(" ")
    start = span.start
    while parts and (
        re.split("['’]", parts[0].lower())[0] in _NOT_A_NAME or (len(parts[0]) == 2 and parts[0][1] == ".")
    ):
        start += len(parts.pop(0)) + 1
    if not parts:
        return None
    opens = start == 0 or text[:start].rstrip(" ")[-1:] in (".", "!", "?", "\n", ":", "")
    if opens and len(parts) == 1 and text[start + len(parts[0]) : start + len(parts[0]) + 1] not in ("'", "’", ","):
        following = re.match(r"\s+(\w+)", text[start + len(parts[0]) :])
        if following and following[1].lower() in ("orders", "costs", "must", "should"):
            return None
    return Span(" ".join(parts), start)
