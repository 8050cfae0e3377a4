"""One field of a text by its name and type: what stands behind its label, or the typed stretch nearest to its words."""

import re
from collections.abc import Sequence
from datetime import datetime

from optlab.simulator.model.conforming import Schema, kinds
from optlab.simulator.model.reading import stem, stems
from optlab.simulator.model.skills.yesno import supported
from optlab.simulator.model.spans import MONTHS, Span, Type, figure, spans

_WORDS: tuple[tuple[str, tuple[Type, ...]], ...] = (
    ("email mail", ("email",)),
    ("phone telephone mobile tel fax", ("phone",)),
    ("url website link homepage web", ("url",)),
    ("year", ("year",)),
    ("date day deadline birthday due born issued created departure arrival start end checkin checkout", ("date",)),
    ("time hour", ("time",)),
    ("percent percentage discount rate share vat", ("percent", "number")),
    ("amount total price cost fee sum salary balance payment revenue budget subtotal tax", ("money", "number")),
    ("duration period length term", ("duration",)),
    ("weight height distance size width depth temperature speed", ("measure", "number")),
    ("quantity count number nights guests people age units seats pages copies", ("number",)),
    ("id code reference sku tracking invoice order serial flight booking ticket", ("code", "number")),
    ("city country place location address destination origin venue town region", ("place", "name")),
    ("product article item goods thing", ("goods", "name")),
    ("name person customer client author company organization organisation employer sender recipient buyer seller "
     "manager contact user patient speaker title vendor supplier owner employee", ("name",)),
)  # fmt: skip
_BY_WORD = tuple((frozenset(stem(w) for w in words.split()), types) for words, types in _WORDS)
_SYNONYMS = {
    "e-mail": "email",
    "tel": "phone",
    "qty": "quantity",
    "amt": "amount",
    "dob": "birth date",
    "addr": "address",
}
_CURRENCIES = (("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY"))
_MONEY_WORDS = {
    "dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "pounds sterling": "GBP", "yen": "JPY",
}  # fmt: skip
_FROM_WORDS, _TO_WORDS = (
    frozenset(("from", "source", "origin", "base")),
    frozenset(("to", "into", "target", "destination")),
)
_END = r"(?:[A-ZÀ-Þ][\w'’-]*(?: [A-ZÀ-Þ][\w'’-]*){0,2}|[a-z°]+(?: sterling)?|[$€£¥])"
_AMOUNT = r"\d[\d,.]{0,15}"
_SIDES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b[Ff]rom {_AMOUNT} ?(?P<a>{_END}) (?:in)?to (?P<b>{_END})",
        rf"\b[Ff]rom (?P<a>{_END}) (?:in)?to (?P<b>{_END})",
        rf"(?P<a>[$€£¥]) ?{_AMOUNT}(?: worth)? (?:to|into|in|as) (?P<b>{_END})",
        rf"\b{_AMOUNT} ?(?P<a>{_END}) (?:to|into|in|as) (?P<b>{_END})",
        rf"\b[Hh]ow (?:many|much) (?P<b>{_END}) (?:is|are|in|make|do I get for)(?: there in)? {_AMOUNT} ?(?P<a>{_END})",
        rf"\b[Tt]o (?P<b>{_END}) from (?P<a>{_END})",
    )
)
_NO_END = frozenset(
    ("the", "a", "an", "my", "our", "your", "his", "her", "their", "this", "that", "it", "which", "what")
)
_BIDDEN = re.compile(
    r"(?:^|[.!?:]\s+)(?:[Pp]lease )?([A-Z][a-z]+) (?=(?:the|an?|my|our|me|us|this|these|all)\b|[\d$€£¥])"
)
_THINGS = frozenset(stem(w) for w in ["items", "products", "lines", "articles", "goods", "positions"])
_COUNTED = re.compile(
    r"\b(?P<count>\d{1,6}|one|two|three|four|five|six|seven|eight|nine|ten|twelve) (?!of\b|to\b|at\b|and\b"
    r"|days?\b|weeks?\b"
    r"|hours?\b|months?\b|years?\b|euros?\b|dollars?\b|percent\b)(?P<thing>[a-z]{2,20}(?: [a-z]{2,20})?s|[a-z]{3,20})\b"
    r"(?:(?: at| for|,)? (?:a price of )?[$€£]?(?P<price>\d{1,7}(?:\.\d{1,2})?)\b)?"
)
_MOST_READ, _MOST_CUES, _MOST_SPANS = 20_000, 200, 300
_REACH = 80
"""Characters around a stretch in which a field's words speak for it."""


def candidates(path: Sequence[str], schema: Schema, text: str) -> list[object]:
    """Values for a field, best first; ends in None where the text says nothing clear."""
    named = [p for p in path if p != "[]" and not p.isdigit()]
    name = split_name(named[-1]) if named else ""
    said = f"{name} {schema.get('description') or ''}"
    enum = schema.get("enum")
    if isinstance(enum, list):
        end = _end_named(name, text)
        taken = [o for o in enum if isinstance(o, str) and end and o.lower() in (end.lower(), end.lower().rstrip("s"))]
        if taken:
            return list(taken)
        return _mentioned(enum, text, name)
    kind = next((k for k in kinds(schema) if k != "null"), "string")
    if kind == "boolean":
        return _yes_or_no(name, said, text)
    found = labelled(name, text)
    end = _end_named(name, text) if kind == "string" and not found and schema.get("format") is None else None
    if end is not None:
        return [end, None]
    types = types_of(name, said, schema)
    things = _THINGS & {stem(w) for p in named[:-1] for w in split_name(p).split()}
    if things and (beside := _of_things(name, types, text)):
        return [*(_numeric(v, whole=kind == "integer") if kind in ("integer", "number") else v for v in beside), None]
    strings = [f for f in (_typed_part(v, types) for v in found)] + _nearest(types, said, text, kind)
    values = list(dict.fromkeys(s for s in strings if s))
    if kind in ("integer", "number"):
        return [_numeric(v, whole=kind == "integer") for v in values if figure(v) is not None] + [None]
    return [_formed(v, schema, said) for v in values] + [None]


def sides(text: str) -> tuple[str, str] | None:
    """What is turned into what, or where from and where to: `20 USD to EUR`, `from Oslo to Rome`."""
    for pattern in _SIDES:
        for m in pattern.finditer(text[:_MOST_READ]):
            if m["a"] not in _NO_END and m["b"] not in _NO_END:
                return _currency(m["a"]), _currency(m["b"])
    return None


def _currency(said: str) -> str:
    return dict(_CURRENCIES).get(said) or _MONEY_WORDS.get(said.lower()) or said


def _end_named(name: str, text: str) -> str | None:
    """The side of a conversion or a way that a field's name speaks of."""
    said = set(name.split()) - {
        "currency",
        "unit",
        "city",
        "code",
        "language",
        "place",
        "airport",
        "station",
        "country",
    }
    both = sides(text) if said and (said <= _FROM_WORDS or said <= _TO_WORDS) else None
    return None if both is None else both[0] if said <= _FROM_WORDS else both[1]


def listed_things(text: str) -> int:
    """How many counted things a text lists, at least one."""
    return max(len(list(_COUNTED.finditer(text[:_MOST_READ]))), 1)


def _of_things(name: str, types: Sequence[Type], text: str) -> list[str]:
    """One field of each counted thing, `3 lamps at 19.90 each`: what it is, how many, at which price."""
    found = list(_COUNTED.finditer(text[:_MOST_READ]))
    if "money" in types:
        return [m["price"] for m in found if m["price"]]
    if types[:1] == ("number",):
        return [m["count"] for m in found]
    return [m["thing"] for m in found] if types[0] in ("goods", "name") else []


def split_name(name: str) -> str:
    """A property's name as words: `orderNumber`, `order_number` and `order number` are one."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+", " ", name).lower()
    return " ".join(_SYNONYMS.get(w, w) for w in plain.split())


def labelled(name: str, text: str) -> list[str]:
    """What stands behind the field's label: `Order number: A-17`, `**Total** – 12 EUR`."""
    wanted = stems(name) or frozenset(name.split())
    text = text[:_MOST_READ]
    found: list[tuple[int, str]] = []
    for m in re.finditer(
        r"^[ \t>*\-•|#]{0,6}([A-Za-z][\w \-/]{1,40}?)[ \t*`]{0,4}(?::|=|–)[ \t*`]{0,4}(\S[^\n]{0,300})$",
        text,
        re.MULTILINE,
    ):
        label = stems(split_name(m[1])) or frozenset(split_name(m[1]).split())
        if (wanted and wanted <= label) or (label and label <= wanted):
            found.append((-len(wanted & label), m[2].strip(" *`")))
    return [value for _, value in sorted(found, key=lambda pair: pair[0])]


def types_of(name: str, said: str, schema: Schema) -> tuple[Type, ...]:
    """The types of stretch a field may hold, by its format, the last telling word of its name, or its description."""
    by_format: dict[str, tuple[Type, ...]] = {
        "date": ("date",), "date-time": ("date",), "email": ("email",), "uri": ("url",), "time": ("time",),
    }  # fmt: skip
    form = by_format.get(str(schema.get("format")))
    if form:
        return form
    words = [stem(w) for w in name.split()]
    for word in reversed(words):
        for speaking, types in _BY_WORD:
            if word in speaking:
                return _stricter(types, words, schema)
    for word in (stem(w) for w in re.findall(r"\w+", said)):
        for speaking, types in _BY_WORD:
            if word in speaking:
                return _stricter(types, words, schema)
    return ("number",) if {"integer", "number"} & set(kinds(schema)) else ("name",)


def _stricter(types: tuple[Type, ...], words: Sequence[str], schema: Schema) -> tuple[Type, ...]:
    if "integer" in kinds(schema) and types[0] in ("date", "name", "code"):
        return ("number",)
    if types == ("number",) and {stem("order"), stem("invoice"), stem("tracking"), stem("phone")} & set(words):
        return ("phone",) if stem("phone") in words else ("code", "number")
    return types


def _nearest(types: Sequence[Type], said: str, text: str, kind: str) -> list[str]:
    """Stretches of the types, those nearest to the field's words first."""
    text, speaking = text[:_MOST_READ], stems(said)
    cues = [m.start() for m in re.finditer(r"\w+", text) if stem(m[0]) in speaking][:_MOST_CUES]
    ranked: list[tuple[int, float, int, str]] = []
    for order, kind_of in enumerate(types):
        for span in _own(kind_of, text)[:_MOST_SPANS]:
            near = min((_distance(span, c) for c in cues), default=float(_REACH))
            ranked.append((order, min(near, float(_REACH)), span.start, span.text))
    return [text for *_, text in sorted(ranked)]


def _own(kind: Type, text: str) -> list[Span]:
    """The stretches of a type; a number that is part of a date, an amount or an address is none of its own."""
    found = list(spans(kind, text))
    if kind == "name":  # `Convert 20`, `Show the`: the verb of an order is nobody's name
        verbs = {m.start(1): m[1] for m in _BIDDEN.finditer(text)}
        return [s for s in found if verbs.get(s.start) != s.text]
    if kind != "number":
        return found
    parts: tuple[Type, ...] = ("date", "time", "money", "percent", "phone", "email", "code", "url")
    whole = [s for other in parts for s in spans(other, text) if not s.text.isdigit()]
    taken = {at for s in whole for at in range(s.start, s.start + len(s.text))}
    free = [s for s in found if s.start not in taken]
    return free or found


def _distance(span: Span, cue: int) -> float:
    # A cue usually stands before what it announces.
    return float(span.start - cue) if cue <= span.start else 1.5 * (cue - span.start)


def _typed_part(value: str, types: Sequence[Type]) -> str:
    for kind in types:
        if kind in ("name", "place", "code", "goods"):
            break
        found = spans(kind, value)
        if found:
            return found[0].text
    return value.rstrip(" .,;")


def _mentioned(options: Sequence[object], text: str, name: str) -> list[object]:
    lowered = text[:_MOST_READ].lower()
    named = {str(o): o for o in options if isinstance(o, str) and o}
    behind = " ".join(labelled(name, text)).lower()
    scored: list[tuple[int, int, object]] = []
    for word, option in named.items():
        plain = split_name(word)
        if plain and plain in behind:
            scored.append((0, behind.index(plain), option))
        elif m := re.search(rf"\b{re.escape(plain)}", lowered):
            scored.append((1, m.start(), option))
    for sign, currency in _CURRENCIES:
        if sign in text and currency in named:
            scored.append((2, text.index(sign), named[currency]))
    return [option for *_, option in sorted(scored, key=lambda s: s[:2])] or [None]


def _yes_or_no(name: str, said: str, text: str) -> list[object]:
    behind = labelled(name, text)
    if behind:
        return [not re.match(r"(?:no|false|none|not|never|0)\b", behind[0], re.IGNORECASE)]
    found = supported(said, text)
    return [found]


def _numeric(text: str, *, whole: bool) -> float | int:
    value = figure(text) or 0.0
    return int(value) if whole or value.is_integer() else value


def _formed(text: str, schema: Schema, said: str) -> str:
    """A date as the schema wants it; everything else as the text has it."""
    form = str(schema.get("format"))
    if form in ("date", "date-time") or re.search(r"\biso\b|yyyy-mm-dd", said, re.IGNORECASE):
        day = iso_date(text)
        if day:
            return f"{day}T00:00:00Z" if form == "date-time" else day
    return text


def iso_date(text: str) -> str | None:
    """A written date as YYYY-MM-DD; None where it has no day, month and year."""
    found = re.search(r"\d{4}-\d{2}-\d{2}", text)
    if found:
        return found[0]
    month = next((i + 1 for i, m in enumerate(MONTHS) if re.search(rf"\b{m}", text, re.IGNORECASE)), None)
    figures = [int(n) for n in re.findall(r"\d+", text)]
    if month is None and len(figures) == 3:
        day, month, year = figures if "." in text or figures[0] > 12 else (figures[1], figures[0], figures[2])
    elif month is not None and len(figures) == 2:
        day, year = min(figures), max(figures)
    else:
        return None
    try:
        return datetime(year + 2000 if year < 100 else year, month, day).date().isoformat()
    except (ValueError, OverflowError):
        return None
