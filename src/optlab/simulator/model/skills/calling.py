"""Tools: which one a question calls for, with which arguments, or none; and what a tool's result says in words.

A tool is called where the question shares the telling words of its name or description and its required arguments can
be read from the question, as its schema has them.
"""

import re
from collections.abc import Mapping, Sequence

import msgspec

from optlab.simulator.model.conforming import Schema, kinds
from optlab.simulator.model.desk import Desk
from optlab.simulator.model.prompt import Called, Prompt
from optlab.simulator.model.reading import stem, stems
from optlab.simulator.model.skills import extracting, fields
from optlab.simulator.model.skills.expressions import expression
from optlab.simulator.model.strength import EASY, MIDDLING
from optlab.simulator.model.texts import word_list

Tool = Mapping[str, object]

_GENERIC = frozenset(stem(w) for w in word_list("words of a tool that tell nothing"))
_IN_NAME, _IN_DESCRIPTION, _ENOUGH = 2.0, 0.75, 1.4
_MOST_CALLS = 4
_NEXT_QUESTION = re.compile(
    r"\?\s+|,? and (?=(?:what|how|who|where|when|which|is|are|also|then)\b)|[.;]\s+(?=[A-Z])", re.IGNORECASE
)
_COORDINATED = re.compile(r",? (?:and|plus|as well as|along with)(?: also)? |, ", re.IGNORECASE)
_MESSAGE = re.compile(r"\b(?:about|saying|says|telling|that)\b|[:\"“]", re.IGNORECASE)
_CONVERTS = frozenset(stem(w) for w in ["convert", "converts", "conversion", "converter", "exchange"])
_SUMS = frozenset(stem(w) for w in word_list("words of a tool that reckons"))


class Call(msgspec.Struct, frozen=True):
    """One call of a tool."""

    name: str
    arguments: object


def calls(tools: Sequence[Tool], desk: Desk, *, forced: str | None, several: bool) -> list[Call]:
    """The calls a model makes; none where nothing calls for one. `forced` is `any` or a tool's name."""
    if forced is not None:
        return [_call(_forced(tools, desk, forced), desk, desk.prompt.question)]
    answered = bool(desk.prompt.results or desk.prompt.failures)
    if answered and not desk.prompt.called:
        return []
    made: list[Call] = []
    for part in _NEXT_QUESTION.split(desk.prompt.question[-4_000:]):
        for tool, stretch in _wanted(part, tools, desk):
            made += _repeated(tool, desk, stretch)
    made = _open([c for i, c in enumerate(made) if c not in made[:i]], desk.prompt.called)
    made = made[: _MOST_CALLS if several else 1]
    if answered:
        return made
    if made and not desk.right(EASY + 0.3 * (len(made) - 1), desk.prompt.question):
        return made[1:] if len(made) > 1 else []
    return made


def _wanted(part: str, tools: Sequence[Tool], desk: Desk) -> list[tuple[Tool, str]]:
    """The tools a question calls for, each with the stretch that asks for it: `the weather and the time in Oslo`.

    A stretch that lacks what its tool needs takes it from the whole question.
    """
    best = _called_for(part, tools, desk)[:1]
    if not best:
        return []
    said = _MESSAGE.split(part)[0]
    stretches: list[tuple[Tool | None, str]] = []
    at = 0
    for joint in [*_COORDINATED.finditer(said), None]:
        piece = said[at : joint.start() if joint else len(part)] if joint else part[at:]
        named = [t for t in _called_for(piece, tools, desk) if _is_named(t, piece)][:1]
        last = stretches[-1] if stretches else None
        if last and (not named or last[0] is named[0]):
            stretches[-1] = (last[0], part[: at + len(piece)][part.index(last[1]) :])
        else:
            stretches.append((named[0] if named else None, piece))
        at = joint.end() if joint else len(part)
    found = [(tool, stretch) for tool, stretch in stretches if tool is not None]
    if len({id(tool) for tool, _ in found}) < 2:
        return [(best[0], part)]
    return [(tool, part if _lacking(tool, stretch) else stretch) for tool, stretch in found]


def _is_named(tool: Tool, piece: str) -> bool:
    return bool((stems(piece) & stems(fields.split_name(str(tool.get("name"))))) - _GENERIC)


def _open(made: Sequence[Call], called: Sequence[Called]) -> list[Call]:
    """The calls that have not been made yet; one of the same tool with other words counts once."""
    done = list(called)
    left: list[Call] = []
    for call in made:
        same = next((d for d in done if d.name == call.name and d.arguments == call.arguments), None)
        if same is None:
            left.append(call)
        else:
            done.remove(same)
    still: list[Call] = []
    for call in left:
        alike = next((d for d in done if d.name == call.name), None)
        if alike is None:
            still.append(call)
        else:
            done.remove(alike)
    return still


def lead(desk: Desk) -> str:
    """What is said before a call, if anything."""
    return desk.rng.choice(("", "", "I'll look that up.", "Let me check that for you.", ""))


def told(result: str) -> str:
    """A tool's result in sentences: JSON as `temperature is 21`, everything else as it is."""
    try:
        value = msgspec.json.decode(result)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return result
    lines = _lines(value, "")
    return "\n".join(lines) if isinstance(value, dict | list) and lines else result


def _lines(value: object, name: str, depth: int = 0) -> list[str]:
    if depth > 8:
        return []
    if isinstance(value, dict):
        return [line for k, v in list(value.items())[:100] for line in _lines(v, fields.split_name(str(k)), depth + 1)]
    if isinstance(value, list):
        return [line for v in value[:100] for line in _lines(v, name, depth + 1)]
    said = "yes" if value is True else "no" if value is False else "not known" if value is None else value
    return [f"The {name} is {said}." if name else f"{said}."]


def report(desk: Desk) -> str | None:
    """An answer out of the results of tools; None where there are none."""
    failed = " ".join(_failure(name, reason) for name, reason in desk.prompt.failures)
    if not desk.prompt.results:
        return failed or None
    told_all = [line for result in desk.prompt.results for line in result.splitlines() if line.strip()]
    if not told_all and failed:
        return failed
    if not told_all:
        return desk.rng.choice(("The tool returned nothing.", "That gave no result."))
    opening = desk.rng.choice(("Here is what I found:", "According to the result:", ""))
    return f"{opening} {' '.join(told_all[:6])} {failed}".strip()


def _failure(name: str, reason: str) -> str:
    tool = f"The {name} tool" if name else "The tool"
    why = re.sub(r"^error\s*:\s*", "", reason, flags=re.IGNORECASE).strip().rstrip(".!")
    return f"{tool} failed: {why}." if why else f"{tool} failed and gave no reason."


def missing(tools: Sequence[Tool], desk: Desk) -> str | None:
    """The question for a required argument that the user has not given, where a tool fits but for it."""
    if desk.prompt.results or desk.prompt.failures or not desk.right(MIDDLING, desk.prompt.question):
        return None
    for tool in _ranked(desk.prompt.question, tools):
        lacking = _lacking(tool, desk.prompt.question)
        if lacking:
            opening = desk.rng.choice(("Could you tell me the", "I can look that up. What is the"))
            return f"{opening} {fields.split_name(lacking[0])}?"
    return None


def _called_for(question: str, tools: Sequence[Tool], desk: Desk) -> list[Tool]:
    return [t for t in _ranked(question, tools) if not _lacking(t, question, desk.prompt)]


def _ranked(question: str, tools: Sequence[Tool]) -> list[Tool]:
    """The tools whose telling words a question shares, best first."""
    scored = [(_score(tool, question), i) for i, tool in enumerate(tools) if isinstance(tool.get("input_schema"), dict)]
    return [tools[i] for score, i in sorted(scored, key=lambda s: (-s[0], s[1])) if score >= _ENOUGH]


def _score(tool: Tool, question: str) -> float:
    asked = stems(question) - _GENERIC
    named = stems(fields.split_name(str(tool.get("name")))) - _GENERIC
    said = stems(str(tool.get("description") or "")) - _GENERIC - named
    schema = tool.get("input_schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    parameters = (
        stems(" ".join(fields.split_name(str(p)) for p in properties)) if isinstance(properties, dict) else frozenset()
    )
    score = _IN_NAME * bool(asked & named) + _IN_DESCRIPTION * min(len(asked & (said | parameters)), 3)
    if (named | said) & _SUMS and expression(question):
        score += _IN_NAME
    if (named | said) & _CONVERTS and not asked & named and fields.sides(question):
        score += _IN_NAME
    return score


def _lacking(tool: Tool, question: str, prompt: Prompt | None = None) -> list[str]:
    """The required arguments that neither the question nor the conversation holds."""
    schema = tool["input_schema"]
    assert isinstance(schema, dict)
    properties, required = schema.get("properties"), schema.get("required")
    known = properties if isinstance(properties, dict) else {}
    names = [r for r in required if isinstance(r, str)] if isinstance(required, list) else []
    text = question if prompt is None else f"{question}\n{prompt.question}\n{prompt.earlier[-4_000:]}"
    return [n for n in names if not _held(n, known.get(n), text)]


def _held(name: str, schema: object, text: str) -> bool:
    if (
        not isinstance(schema, dict)
        or name.lower() in _FREE_TEXT
        or "object" in kinds(schema)
        or "array" in kinds(schema)
    ):
        return True
    return any(c is not None for c in fields.candidates((name,), schema, text)) or "boolean" in kinds(schema)


_FREE_TEXT = frozenset(word_list("arguments of free text"))


def _forced(tools: Sequence[Tool], desk: Desk, forced: str) -> Tool:
    named = next((t for t in tools if t.get("name") == forced), None) if forced != "any" else None
    return named or max(tools, key=lambda t: _score(t, desk.prompt.question))


def _call(tool: Tool, desk: Desk, text: str) -> Call:
    schema = tool.get("input_schema", {"type": "object"})
    return Call(
        str(tool.get("name") or tool.get("type")), extracting.shaped(_with_expression(schema, text), desk, text)
    )


def _repeated(tool: Tool, desk: Desk, part: str) -> list[Call]:
    """One call, or one for each of several things named alike: the weather in Paris and in Rome."""
    text = part if not _lacking(tool, part) else f"{desk.prompt.question}\n{desk.prompt.earlier[-4_000:]}"
    schema = tool["input_schema"]
    assert isinstance(schema, dict)
    required = schema.get("required")
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not isinstance(required, list) or not required:
        return [_call(tool, desk, text)]
    first = str(required[0])
    inner = properties.get(first)
    found = fields.candidates((first,), inner, part) if isinstance(inner, dict) and "string" in kinds(inner) else []
    values = [v for v in found if isinstance(v, str)]
    together = [v for v in values if re.search(rf"(?:,|\band|\bor)(?: (?:in|for|at|of|from))? {re.escape(v)}\b", part)]
    named = [v for v in values if v in together or any(part.index(v) < part.index(t) for t in together if v in part)]
    if len(named) < 2 or first.lower() in _FREE_TEXT:
        return [_call(tool, desk, text)]
    made = []
    for value in sorted(dict.fromkeys(named), key=part.index):
        others = "|".join(re.escape(v) for v in named if v != value and v not in value)
        made.append(
            _call(
                tool,
                desk,
                re.sub(rf"(?:(?:,|\band) )?(?:\b(?:in|for|at) )?\b(?:{others})\b", "", part) if others else part,
            )
        )
    return made


def _with_expression(schema: object, text: str) -> object:
    """A parameter for a sum takes the sum as written."""
    found = re.search(r"[-(\d][\d\s().*/+x×^-]{2,120}[\d)]", text)
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or not isinstance(properties, dict) or "expression" not in properties or not found:
        return schema
    inner: Schema = {"const": found[0].strip()}
    return {**schema, "properties": {**properties, "expression": inner}}
