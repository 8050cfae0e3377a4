"""A schema made of the fields that a prompt names in words: a template object, a list of keys, a bulleted list."""

import re

import msgspec

from optlab.simulator.model.conforming import Schema, number
from optlab.simulator.model.prompt import Prompt
from optlab.simulator.model.skills import fields

MOST_FIELDS = 60
_LISTED = re.compile(
    r"\b(?:extract|fields?|keys?|properties|return|with|containing|include|pull out"
    r"|identify)\b[: ]+(?:the )?(?:following )?(?:fields?|keys?|details?|values?)?[: ]*"
    r"((?:[\w\"'`][\w\"'` -]{1,39}?,\s*)+(?:and |or )?[\w\"'`][\w\"'` -]{1,39}?"
    r"|[\w\"'`]{2,30}(?: [\w\"'`]{2,20})? and [\w\"'`]{2,30}(?: [\w\"'`]{2,20})?)"
    r"(?= as\b| in\b| into\b| to\b| from\b| of\b| for\b| ?[(.:;\n]|$)",
    re.IGNORECASE,
)
_KEYED = re.compile(
    r"\b(?:fields?|keys?|properties)\b[: ]+(?:named |called |are )?"
    r"([\w\"'`, -]{3,400}?)(?= as\b| in (?!stock\b)| into\b| to\b| from\b| of\b| for\b|[.:;\n(]|$)",
    re.IGNORECASE,
)
"""A list that stands right behind `keys` or `fields`: it is surer than one behind `extract`."""

_BULLETED = re.compile(
    r"(?:fields?|keys?|extract"
    r"|following)[^\n]{0,60}:\s*\n((?:[ \t]*[-*•][ \t]*[\w\"'` ]{2,40}(?:[:(–-][^\n]{0,120})?\n?){2,30})",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"\b(?:amount|total|price|cost|quantity|count|age|sum|number of|fee|score|balance|guests|nights)\b"
)


_DESCRIBED = re.compile(r"\"([^\"\n]{1,60})\"\s*:\s*(?![\[{])([^,{}\n]{1,160}?)\s*(?=[,}\n])")
"""A key and what stands in words for its value: `"age": number`, `"verdict": "PASS" or "FAIL"`."""

_OF_NUMBERS = re.compile(r"<?(?:an? )?(?:number|integer|int|float|decimal|\d+ ?(?:-|–|to) ?\d+)\b.*>?", re.IGNORECASE)


def schema_of(prompt: Prompt) -> Schema | None:
    """A schema made of the fields that a prompt names: a template object, a list of keys, a bulleted list."""
    for part in (prompt.question, prompt.system):
        template = _template(part[:20_000])
        if template is not None:
            return _from_template(template)
    for part in (prompt.question, prompt.system):
        names = _listed_fields(part[:20_000])
        if names:
            properties = {n: _guessed(n) for n in names}
            return {"type": "object", "properties": properties, "required": list(properties)}
    return None


def _template(text: str) -> dict[str, object] | None:
    """The first JSON object of a text that has at least one key."""
    at = template_at(text)
    return _decoded(text[at[0] : at[1]]) if at else None


def template_at(text: str) -> tuple[int, int] | None:
    """Where the first JSON object of a text begins and ends."""
    for m in list(re.finditer(r"\{\s*\"", text))[:3]:
        depth = 0
        for at in range(m.start(), min(len(text), m.start() + 4000)):
            depth += (text[at] == "{") - (text[at] == "}")
            if depth == 0:
                return m.start(), at + 1
    return None


def _decoded(text: str) -> dict[str, object] | None:
    """A template as an object; dots that stand for a value are taken for a text."""
    text = re.sub(
        r'"([^"\n]{1,40})"(?:\s*(?:\||/|or)\s*"([^"\n]{1,40})")+', lambda m: m[0].replace('"', "").join('""'), text
    )
    for plain in (
        text,
        re.sub(r"(?<=[:\[,])\s*(?:\.\.\.|…|<[^<>\"]*>)(?=\s*[,}\]])", '""', text),
        _DESCRIBED.sub(lambda m: f'"{m[1]}": {_quoted(m[2])}', text),
    ):
        try:
            value = msgspec.json.decode(plain)
        except (msgspec.DecodeError, RecursionError):
            continue
        return value if isinstance(value, dict) and value else None
    return None


def _quoted(words: str) -> str:
    """A value as JSON where it is, else as a string."""
    try:
        msgspec.json.decode(words)
    except msgspec.DecodeError:
        return msgspec.json.encode(words).decode()
    return words


def _limits(words: str) -> dict[str, object]:
    found = re.search(r"(\d{1,6}) ?(?:-|–|to) ?(\d{1,6})", words)
    return {"minimum": int(found[1]), "maximum": int(found[2])} if found and int(found[1]) < int(found[2]) else {}


def _from_template(value: object, name: str = "") -> dict[str, object]:
    if isinstance(value, dict):
        inner = {str(k): _from_template(v, str(k)) for k, v in value.items()}
        return {"type": "object", "properties": inner, "required": list(inner)}
    if isinstance(value, list):
        return {"type": "array", "items": _from_template(value[0], name) if value else {"type": "string"}}
    if isinstance(value, bool):
        return {"type": "boolean"}
    if number(value) is not None:
        return {"type": ["number", "null"]}
    if _OF_NUMBERS.fullmatch(str(value or "").strip()):
        return {"type": ["number", "null"], **_limits(str(value))}
    if re.fullmatch(r"<?(?:bool(?:ean)?|true ?(?:\||/|or) ?false)>?", str(value or "").strip(), re.IGNORECASE):
        return {"type": "boolean"}
    choices = [c.strip(" \"'") for c in re.split(r"\||/| or ", str(value or "")) if c.strip(" \"'")]
    if len(choices) > 1 and all(len(c.split()) <= 2 for c in choices):
        return {"type": "string", "enum": choices}
    guessed = _guessed(name)
    if re.fullmatch(r"<?(?:string|text)>?", str(value or "")):
        guessed = {"type": ["string", "null"]}
    return {**guessed, "description": str(value or "")}


def _listed_fields(text: str) -> list[str]:
    found = _BULLETED.search(text)
    if found:
        return [_key(line) for line in re.findall(r"[-*•][ \t]*([\w\"'` ]{2,40})", found[1])]
    for m in (*_keyed(text), *_LISTED.finditer(text)):
        names = [_key(p) for p in re.split(r",\s*(?:and |or )?|\s+and\s+", m[1])]
        names = [n for n in names if n and n not in ("json", "only", "text")]
        if len(names) > 1 or (names and "key" in m[0].lower()):
            return list(dict.fromkeys(names))[:MOST_FIELDS]
    return []


def _keyed(text: str) -> list[re.Match[str]]:
    return [m for m in _KEYED.finditer(text[:6_000]) if re.search(r",|\band\b", m[1])]


def _key(name: str) -> str:
    plain = re.sub(r"^(?:the|an?|all|their|his|her|and)\s+", "", name.strip(" '\"`"), flags=re.IGNORECASE)
    return re.sub(r"\W+", "_", plain.strip()).strip("_").lower() if not re.search(r"[A-Z][a-z]*[A-Z]", plain) else plain


def _guessed(name: str) -> dict[str, object]:
    plain = fields.split_name(name)
    if _NUMERIC.search(plain):
        return {"type": ["number", "null"]}
    if re.match(r"(?:(?:is|has|was|can|in) |(?:paid|available|active|confirmed|shipped|urgent)$)", plain):
        return {"type": "boolean"}
    return {"type": ["string", "null"]}
