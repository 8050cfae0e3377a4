"""Fields out of a text into JSON: by a schema (structured output, a tool's input) or by the names a prompt lists.

Each field is looked up by name and type; a field that is a label, a verdict or a result is left to that skill. A wrong
draw spoils one field: it is missing, or holds the neighbour's value.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from optlab.simulator.model import filling
from optlab.simulator.model.conforming import Schema, kinds, number
from optlab.simulator.model.desk import Desk
from optlab.simulator.model.prompt import Prompt
from optlab.simulator.model.reading import content_words
from optlab.simulator.model.skills import classifying, examples, fields, judging, templates, wordproblems
from optlab.simulator.model.skills.expressions import expression
from optlab.simulator.model.texts import word_list

_BASE, _PER_FIELD, _PER_LEVEL, _PER_RIVAL = -3.6, 0.25, 0.4, 0.2
"""Difficulty [assumed]: rises with the fields, with their nesting and with values that could be taken for another's."""

_ORDER = re.compile(
    r"^\W*(?:please |now )?(?:extract|return|reply|respond|output|give|provide|answer|convert|parse|fill"
    r"|use the tool|call"
    r"|create|identify|find|here is|this is|from (?:the|this))\b|\bas json\b|\bjson (?:only|object|with)\b"
    r"|\bkeys?\b[^\n]{0,80}$",
    re.IGNORECASE,
)
_WANTS_JSON = re.compile(r"\bjson\b|\b(?:return|reply|respond|answer|output)\b[^{\n]{0,40}\{\s*\"", re.IGNORECASE)
_HEADING = re.compile(
    r"^[ \t*#]{0,4}(?:text|input|message|e-?mail|review|document|source|content|note|ticket)[ \t*]{0,3}:[ \t*]{0,4}",
    re.IGNORECASE | re.MULTILINE,
)
_BARE = re.compile(
    r"\b(?:only|just|nothing but|raw|valid) (?:the |a |valid |raw )?json\b|\bjson only\b|\bno (?:prose|other text"
    r"|markdown|explanation|fences?|code)\b|\bnothing else\b|\bwithout (?:markdown|fences?)\b",
    re.IGNORECASE,
)
_RESULT_NAMES = frozenset(word_list("fields of a result"))
_LABEL_NAMES = frozenset(word_list("fields of a label"))
_PROSE_NAMES = frozenset(word_list("fields of prose"))
_TEXT_NAMES = frozenset(word_list("fields of the text itself"))
_REMARKS = frozenset(("note", "notes", "remark", "remarks", "comments", "additional_info"))
_SURENESS = frozenset(("confidence", "probability", "likelihood", "certainty"))
_VERDICT_NAMES = frozenset(word_list("fields of a verdict"))
_ASKING_NAMES = frozenset(word_list("fields of what is looked for"))


def wants_json(desk: Desk) -> bool:
    """Whether the prompt asks in words for JSON."""
    return bool(_WANTS_JSON.search(_asking_ends(desk.prompt)))


def as_json(desk: Desk) -> str | None:
    """A reply in JSON for a prompt that asks for it in words; None where it names no fields to fill."""
    schema = templates.schema_of(desk.prompt)
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
    start, end = templates.template_at(prompt.question) or (0, 0)
    question = f"{prompt.question[:start]} {prompt.question[end:]}" if end else prompt.question
    lines = re.split(r"\n+|(?<=[.!?])\s+(?=[A-Z\"“])", question)
    kept = [part for line in lines if line.strip() for part in _told(line)]
    told = _HEADING.sub("", "\n".join(kept))
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
        if path[-1:] == ("[]",) and "properties" in schema:
            return [None] * fields.listed_things(self.text)
        if name in _SURENESS and {"number"} & set(kinds(schema)) and not fields.labelled(name, self.text):
            return [round(self.desk.rng.uniform(0.7, 0.98), 2)]
        if name in _REMARKS and not fields.labelled(name, self.text):
            return [None]
        options = schema.get("enum")
        choices = [o for o in options if isinstance(o, str)] if isinstance(options, list) else []
        judged = self.judged
        if judged is not None and (ruled := _ruled(judged, name, choices, schema)) is not None:
            return ruled
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

    @cached_property
    def judged(self) -> judging.Verdict | None:
        """The one judgement of this call, which all fields of a verdict share."""
        return judging.judge(self.desk)

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
            if fields.labelled(path[-1], self.text):
                continue  # under its own name in the text no other value can be taken for it
            found = [v for v in self.look_up(path, schema) if v is not None]
            rivals += min(len(found) - 1, 3) if len(found) > 1 and "enum" not in schema else 0
        deepest = max(len([p for p in path if p != "[]"]) for path in leaves)
        return _BASE + _PER_FIELD * len(leaves) + _PER_LEVEL * (deepest - 1) + _PER_RIVAL * min(rivals, 6)


def _ruled(judged: judging.Verdict, name: str, choices: Sequence[str], schema: Schema) -> Sequence[object] | None:
    """What a judgement puts into a field: the verdict's word, yes or no, a score, the reason."""
    allowed = set(kinds(schema))
    if choices:
        named = [c for c in choices if c.lower() == judged.word.lower()]
        return named or ([choices[0 if judged.good else -1]] if len(choices) == 2 else None)
    if name in _PROSE_NAMES and "string" in allowed:
        return [judged.why]
    if name in _VERDICT_NAMES and "boolean" in allowed:
        return [judged.good]
    if name in _VERDICT_NAMES and "string" in allowed:
        return [judged.word]
    if name in _VERDICT_NAMES and {"integer", "number"} & allowed:
        low, high = (number(schema.get(k)) for k in ("minimum", "maximum"))
        if re.fullmatch(r"\d+", judged.word):
            return [int(judged.word)]
        return [int((high if high is not None else 1) if judged.good else low or 0)]
    return None


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
        for name, inner in list(properties.items())[: templates.MOST_FIELDS]:
            found |= _leaves(inner, (*path, name), depth + 1)
            if len(found) > templates.MOST_FIELDS:
                break
        return found
    if "items" in schema:
        return _leaves(schema["items"], (*path, "[]"), depth + 1)
    return {path: schema} if path and kinds(schema) else {}


def _asking_ends(prompt: Prompt) -> str:
    return f"{prompt.system[:600]}\n{prompt.system[-600:]}\n{prompt.question[:600]}\n{prompt.question[-600:]}"
