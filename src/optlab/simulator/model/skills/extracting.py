"""Fields out of a text into JSON: by a schema (structured output, a tool's input) or by the names a prompt lists.

Each field is looked up by name and type; a field that is a label, a verdict or a result is left to that skill. A wrong
draw spoils one field: it is missing, or holds the neighbour's value.
"""

import json
import re
from collections.abc import Mapping, Sequence

import msgspec

from optlab.simulator.model import filling
from optlab.simulator.model.conforming import Schema, kinds, number
from optlab.simulator.model.desk import Desk
from optlab.simulator.model.prompt import Prompt
from optlab.simulator.model.reading import content_words
from optlab.simulator.model.skills import classifying, examples, fields, judging, wordproblems
from optlab.simulator.model.skills.expressions import expression

_BASE, _PER_FIELD, _PER_LEVEL, _PER_RIVAL = -3.6, 0.25, 0.4, 0.2
"""Difficulty [assumed]: rises with the fields, with their nesting and with values that could be taken for another's."""

_MOST_LEAVES = 60
_ORDER = re.compile(
    r"^\W*(?:please |now )?(?:extract|return|reply|respond|output|give|provide|answer|convert|parse|fill|use the tool|call"
    r"|create|identify|find|here is|this is|from (?:the|this))\b|\bas json\b|\bjson (?:only|object|with)\b|\bkeys?\b[^\n]{0,80}$",
    re.IGNORECASE,
)
_WANTS_JSON = re.compile(
    r"\bjson\b|\b(?:return|reply|respond|answer|output)\b[^{\n]{0,40}\{\s*\"", re.IGNORECASE
)
_BARE = re.compile(
    r"\b(?:only|just|nothing but|raw|valid) (?:the |a |valid |raw )?json\b|\bjson only\b|\bno (?:prose|other text|markdown|explanation|fences?|code)\b|\bnothing else\b|\bwithout (?:markdown|fences?)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"\b(?:extract|fields?|keys?|properties|return|with|containing|include|identify)\b[: ]+(?:the )?(?:following )?(?:fields?|keys?|details?|values?)?[: ]*"
    r"((?:[\w\"'` -]{2,40}?,\s*)+(?:and |or )?[\w\"'` -]{2,40}?|[\w\"'`]{2,30}(?: [\w\"'`]{2,20})? and [\w\"'`]{2,30}(?: [\w\"'`]{2,20})?)"
    r"(?= as\b| in\b| into\b| to\b| from\b| of\b| for\b|[.:;\n]|$)",
    re.IGNORECASE,
)
_BULLETED = re.compile(
    r"(?:fields?|keys?|extract|following)[^\n]{0,60}:\s*\n((?:[ \t]*[-*•][ \t]*[\w\"'` ]{2,40}(?:[:(–-][^\n]{0,120})?\n?){2,30})",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"\b(?:amount|total|price|cost|quantity|count|age|sum|number of|fee|score|balance|guests|nights)\b"
)
_RESULT_NAMES = frozenset("answer result total solution value final_answer sum".split())
_LABEL_NAMES = frozenset(
    "label category class sentiment intent topic department type priority classification tag".split()
)
_PROSE_NAMES = frozenset(
    "reason reasoning explanation rationale summary why justification comment analysis thought thoughts description".split()
)
_TEXT_NAMES = frozenset("text message content body input".split())
_ASKING_NAMES = frozenset(
    "query question search q keywords search_query text_query prompt search_term term topic".split()
)


def wants_json(desk: Desk) -> bool:
    """Whether the prompt asks in words for JSON."""
    return bool(_WANTS_JSON.search(_asking_ends(desk.prompt)))


def as_json(desk: Desk) -> str | None:
    """A reply in JSON for a prompt that asks for it in words; None where it names no fields to fill."""
    schema = _schema_of(desk.prompt)
    if schema is None:
        return None
    return spelled(shaped(schema, desk), desk)


def spelled(value: object, desk: Desk) -> str:
    """JSON as a model writes it: sometimes laid out, sometimes in a fence unless told not to."""
    rng = desk.rng
    text = json.dumps(value, ensure_ascii=False, indent=2 if rng.random() < 0.5 else None)
    fenced = rng.random() < 0.3 and not _BARE.search(_asking_ends(desk.prompt))
    return f"```json\n{text}\n```" if fenced else text


def shaped(schema: object, desk: Desk, text: str | None = None) -> object:
    """A value for a schema, filled from the prompt's text (or from `text`)."""
    return filling.fill(schema, desk.ask.question, desk.rng, _Reader(schema, desk, text).look_up)


def material(prompt: Prompt) -> str:
    """The text that fields are taken from: the last user turn without its instruction, else everything before it."""
    start, end = _template_at(prompt.question) or (0, 0)
    question = f"{prompt.question[:start]} {prompt.question[end:]}" if end else prompt.question
    lines = re.split(r"\n+|(?<=[.!?])\s+(?=[A-Z\"“])", question)
    kept = [part for line in lines if line.strip() for part in _told(line)]
    told = "\n".join(kept)
    if len(content_words(told)) >= 4:
        return told
    around = "\n".join(part for part in (told, prompt.earlier, *prompt.results, prompt.system) if part.strip())
    return around if len(content_words(around)) >= 4 else prompt.question


def _told(line: str) -> list[str]:
    """A line without the instruction it begins with, if it is one: all of it, what follows its colon, or nothing."""
    if not _ORDER.search(line[:400]):
        return [line]
    rest = re.sub(r"^[^:\n]{0,400}:\s*", "", line, count=1)
    return [rest] if len(rest.split()) > 2 and rest != line else []


class _Reader:
    """Looks fields up, each once, and spoils one of them where the draw is wrong."""

    def __init__(self, schema: object, desk: Desk, text: str | None) -> None:
        self.desk = desk
        self.text = material(desk.prompt) if text is None else text
        self.seen: dict[tuple[str, ...], Sequence[object]] = {}
        leaves = _leaves(schema)
        self.spoiled: tuple[str, ...] | None = None
        if leaves and not desk.right(self._difficulty(leaves), self.text):
            self.spoiled = desk.rng.choice(list(leaves))
            self.seen.pop(self.spoiled, None)

    def look_up(self, path: tuple[str, ...], schema: Schema) -> Sequence[object]:
        """Candidates for one field, best first."""
        if path not in self.seen:
            found = self._by_skill(path, schema)
            found = fields.candidates(path, schema, self.text) if found is None else found
            if path == self.spoiled:
                found = _spoilt(found)
            self.seen[path] = found
        found = self.seen[path]
        # An item of a list of objects takes the next candidate, as the text lists them.
        at = next((int(p) for p in reversed(path) if p.isdigit()), 0)
        return [*found[at:], *found[:at]] if at < len(found) else found

    def _by_skill(self, path: tuple[str, ...], schema: Schema) -> Sequence[object] | None:
        name = path[-1].lower() if path else ""
        options = schema.get("enum")
        choices = [o for o in options if isinstance(o, str)] if isinstance(options, list) else []
        if choices and (word := judging.verdict(self.desk)):
            return [c for c in choices if c.lower() == word.lower()]
        if name in _LABEL_NAMES and (label := self._label(choices)):
            return [label]
        if name in _RESULT_NAMES and {"integer", "number", "string"} & set(kinds(schema)):
            return self._result(numeric="string" not in kinds(schema))
        if name in _PROSE_NAMES and "string" in kinds(schema):
            found = self.desk.found
            return [" ".join(s.text for s in found) if found else self.desk.writer.sentence("development")]
        if name in _TEXT_NAMES and "string" in kinds(schema):
            return [self.text.strip()]
        if name in _ASKING_NAMES and "string" in kinds(schema):
            return [self.desk.ask.topic or self.desk.ask.question]
        return None

    def _label(self, choices: Sequence[str]) -> str | None:
        taught = examples.lesson(self.desk.prompt)
        labels = list(choices) or classifying.labels_offered(self.desk, taught)
        if len(labels) < 2:
            return None
        return classifying.choose(examples.item_of(self.desk.prompt.question), labels, taught, self.desk)

    def _result(self, *, numeric: bool) -> Sequence[object] | None:
        question, asked = self.desk.prompt.question, self.desk.ask.question
        problem = wordproblems.is_problem(self.desk)
        solution = (wordproblems.solve(question, asked) if problem else None) or expression(asked)
        if solution is None:
            found = [] if numeric or not self.desk.prompt.question.rstrip().endswith("?") else self.desk.found
            return [" ".join(s.text for s in found)] if found else None
        value = solution.value
        if not self.desk.right(solution.difficulty, question):
            value += 1.0
        shown: object = int(value) if value.is_integer() else value
        return [shown] if numeric else [str(shown)]

    def _difficulty(self, leaves: Mapping[tuple[str, ...], Schema]) -> float:
        rivals = 0
        for path, schema in leaves.items():
            found = [v for v in self.look_up(path, schema) if v is not None]
            rivals += min(len(found) - 1, 3) if len(found) > 1 and "enum" not in schema else 0
        deepest = max(len([p for p in path if p != "[]"]) for path in leaves)
        return _BASE + _PER_FIELD * len(leaves) + _PER_LEVEL * (deepest - 1) + _PER_RIVAL * min(rivals, 6)


def _spoilt(found: Sequence[object]) -> Sequence[object]:
    """The next best value; where there is only one, none: the field is left out or made up."""
    values = [v for v in found if v is not None]
    return [*values[1:], None] if len(values) > 1 else [None]


def _leaves(schema: object, path: tuple[str, ...] = (), depth: int = 0) -> dict[tuple[str, ...], Schema]:
    """The fields that hold plain values, by their paths."""
    if not isinstance(schema, dict) or depth > 6:
        return {}
    properties = schema.get("properties")
    if isinstance(properties, dict):
        found: dict[tuple[str, ...], Schema] = {}
        for name, inner in list(properties.items())[:_MOST_LEAVES]:
            found |= _leaves(inner, (*path, name), depth + 1)
            if len(found) > _MOST_LEAVES:
                break
        return found
    if "items" in schema:
        return _leaves(schema["items"], (*path, "[]"), depth + 1)
    return {path: schema} if path and kinds(schema) else {}


def _asking_ends(prompt: Prompt) -> str:
    return f"{prompt.system[:600]}\n{prompt.system[-600:]}\n{prompt.question[:600]}\n{prompt.question[-600:]}"


def _schema_of(prompt: Prompt) -> Schema | None:
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
    at = _template_at(text)
    return _decoded(text[at[0] : at[1]]) if at else None


def _template_at(text: str) -> tuple[int, int] | None:
    for m in list(re.finditer(r"\{\s*\"", text))[:3]:
        depth = 0
        for at in range(m.start(), min(len(text), m.start() + 4000)):
            depth += (text[at] == "{") - (text[at] == "}")
            if depth == 0:
                return m.start(), at + 1
    return None


def _decoded(text: str) -> dict[str, object] | None:
    """A template as an object; dots that stand for a value are taken for a text."""
    for plain in (text, re.sub(r"(?<=[:\[,])\s*(?:\.\.\.|…|<[^<>\"]*>)(?=\s*[,}\]])", '""', text)):
        try:
            value = msgspec.json.decode(plain)
        except (msgspec.DecodeError, RecursionError):
            continue
        return value if isinstance(value, dict) and value else None
    return None


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
    choices = [c.strip() for c in re.split(r"\||/| or ", str(value or "")) if c.strip()]
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
    for m in _LISTED.finditer(text):
        names = [_key(p) for p in re.split(r",\s*(?:and |or )?|\s+and\s+", m[1])]
        names = [n for n in names if n and n not in ("json", "only", "text")]
        if len(names) > 1 or (names and "key" in m[0].lower()):
            return list(dict.fromkeys(names))[:_MOST_LEAVES]
    return []


def _key(name: str) -> str:
    plain = re.sub(r"^(?:the|an?|all|their|his|her|and)\s+", "", name.strip(" '\"`"), flags=re.IGNORECASE)
    return re.sub(r"\W+", "_", plain.strip()).strip("_").lower() if not re.search(r"[A-Z][a-z]*[A-Z]", plain) else plain


def _guessed(name: str) -> dict[str, object]:
    plain = fields.split_name(name)
    if _NUMERIC.search(plain):
        return {"type": ["number", "null"]}
    if re.match(r"(?:is|has|was|can) ", plain):
        return {"type": "boolean"}
    return {"type": ["string", "null"]}
