"""A prompt as Python for the `anthropic` client: one function whose parameters are the variables of the samples.

The request it makes is the one that was measured, before any lever. Two things a template cannot know are decided by
the samples: what is a variable, and whether a part made of nothing but variables may be empty and is then left out.
"""

import keyword
import re
from collections.abc import Iterator, Sequence

import msgspec

from optlab.core.prompt import Prompt, Segment, fill
from optlab.core.scenario import Scenario
from optlab.cuts.python_text import Parts, block, data, joined, literal

_SHORT = 72
"""Characters of a text that is written where it is used; a longer one gets a name."""
_PAD = "    "
_PRIVATE_USE = range(0xE000, 0xF8FF)
_TAKEN = ("client", "anthropic", "json", "Any", "MODEL", "MAX_TOKENS", "TOOLS", "_listed", "__debug__")


def python_code(scenario: Scenario, prompt: Prompt, function: str = "ask") -> str:
    """Source of a module that asks the prompt's question: constants, and a function of the variables.

    Raises ValueError where the prompt has no user text, or a tools segment is no JSON, as a request would be refused.
    """
    return _Module(scenario, prompt, function).source()


class _Module:
    """One module being written: which names are taken, what has been named so far."""

    def __init__(self, scenario: Scenario, prompt: Prompt, function: str) -> None:
        self._scenario = scenario
        self._prompt = prompt
        self._function = _identifier(function)
        self._names = {*_TAKEN, self._function}
        known = dict.fromkeys(name for sample in scenario.samples for name in sample.variables)
        self._pattern = re.compile(r"\{(" + "|".join(map(re.escape, known)) + r")\}") if known else None
        used = [name for segment in prompt.segments if self._is_sent(segment) for name in self._variables(segment.text)]
        self._parameters = {name: self._free(_identifier(name)) for name in dict.fromkeys(used)}
        self._constants: list[str] = []
        self._listed = False

    def source(self) -> str:
        """All of it."""
        if not self._sent("user"):
            raise ValueError("the prompt has no user text left; switch a user segment on")
        tools = self._tools()
        system = [self._text_block(segment) for segment in self._sent("system")]
        turns = [self._turn(segment) for segment in self._sent("history")]
        turns.append(self._question(self._sent("user")))
        call = [
            "model=MODEL",
            "max_tokens=MAX_TOKENS",
            *([f"system={_listing(system)}"] if system else []),
            *([f"tools={tools}"] if tools else []),
            f"messages={_listing(turns)}",
        ]
        return "\n".join([*self._opening(), *self._constants, "", *self._definition(call), ""])

    def _opening(self) -> Iterator[str]:
        about = f"{self._scenario.name}: {self._scenario.about}" if self._scenario.about else self._scenario.name
        yield literal(" ".join(about.split()))
        yield ""
        if self._listed:
            yield "import json\nfrom typing import Any\n"
        yield "import anthropic\n"
        yield f"MODEL = {literal(self._scenario.model)}"
        yield f"MAX_TOKENS = {self._scenario.max_tokens}"

    def _definition(self, call: Sequence[str]) -> Iterator[str]:
        if self._listed:
            yield "\ndef _listed(text: str) -> list[Any]:"
            yield "    found = json.loads(text)"
            yield "    return found if isinstance(found, list) else [found]\n"
        parameters = [f"{name}: str" for name in self._parameters.values()]
        signature = ", ".join(["client: anthropic.Anthropic", *(["*", *parameters] if parameters else [])])
        yield f"\ndef {self._function}({signature}) -> anthropic.types.Message:"
        yield '    """Ask, and give the whole answer."""'
        yield "    return client.messages.create("
        yield from (f"        {argument}," for argument in call)
        yield "    )"

    def _is_sent(self, segment: Segment) -> bool:
        """Whether a segment is on and any sample makes it more than white space."""
        if not segment.on or not segment.text.strip():
            return False
        return any(fill(segment.text, sample.variables).strip() for sample in self._scenario.samples)

    def _sent(self, where: str) -> list[Segment]:
        return [segment for segment in self._prompt.segments if segment.where == where and self._is_sent(segment)]

    def _may_be_empty(self, segment: Segment) -> bool:
        return not all(fill(segment.text, sample.variables).strip() for sample in self._scenario.samples)

    def _variables(self, text: str) -> list[str]:
        return [found.group(1) for found in self._pattern.finditer(text)] if self._pattern else []

    def _parts(self, text: str) -> Parts:
        if self._pattern is None:
            return [text]
        pieces = self._pattern.split(text)
        return [(self._parameters[piece],) if at % 2 else piece for at, piece in enumerate(pieces) if at % 2 or piece]

    def _text(self, segment: Segment, indent: int) -> str:
        """An expression for a segment's text; a long one without variables becomes a constant."""
        if self._variables(segment.text):
            return joined(self._parts(segment.text), indent)
        if "\n" not in segment.text and len(segment.text) <= _SHORT:
            return literal(segment.text)
        name = self._free(_identifier(segment.name).upper())
        written = block(segment.text) if "\n" in segment.text else literal(segment.text)
        self._constants.append(f"\n{name} = {written}")
        return name

    def _text_block(self, segment: Segment, indent: int = 3) -> str:
        return self._unless_empty(segment, f'{{"type": "text", "text": {self._text(segment, indent)}}}')

    def _turn(self, segment: Segment) -> str:
        role = literal(segment.role or "user")
        return self._unless_empty(segment, f'{{"role": {role}, "content": {self._text(segment, 3)}}}')

    def _question(self, segments: Sequence[Segment]) -> str:
        """The last turn; blocks where it has several parts, or where parts may be missing."""
        if len(segments) == 1:
            return f'{{"role": "user", "content": {self._text(segments[0], 3)}}}'
        blocks = _listing([self._text_block(segment, 5) for segment in segments], 4)
        return f'{{\n{_PAD * 4}"role": "user",\n{_PAD * 4}"content": {blocks},\n{_PAD * 3}}}'

    def _unless_empty(self, segment: Segment, expression: str) -> str:
        if not self._may_be_empty(segment):
            return expression
        return f"*([{expression}] if ({self._text(segment, 3)}).strip() else [])"

    def _tools(self) -> str:
        """An expression for the tools; empty where there are none."""
        found = [self._tool(segment) for segment in self._sent("tools")]
        if not found:
            return ""
        if any(self._variables(segment.text) for segment in self._sent("tools")):
            return _listing([tool for tools in found for tool in tools])
        inner = "".join(f"    {tool},\n" for tools in found for tool in tools)
        self._constants.append(f"\nTOOLS: list[anthropic.types.ToolParam] = [\n{inner}]")
        return "TOOLS"

    def _tool(self, segment: Segment) -> list[str]:
        """The tools of a segment, each as an expression. Inside strings of its JSON variables stay what they are."""
        text = segment.text
        unused = (chr(code) for code in _PRIVATE_USE if chr(code) not in text)
        names = dict.fromkeys(self._variables(text))
        marks = dict(zip(names, unused, strict=False))
        marked = self._pattern.sub(lambda found: marks[found.group(1)], text) if self._pattern else text
        indent = 3 if any(self._variables(other.text) for other in self._sent("tools")) else 1
        try:
            parsed = msgspec.json.decode(marked)
        except (msgspec.DecodeError, RecursionError) as error:
            if not names:
                raise ValueError(
                    f"segment {segment.name!r} is no JSON ({error}); a tools segment holds one tool or a list"
                ) from None
            self._listed = True  # a variable stands outside strings: JSON only once it is filled in
            return [f"*_listed({joined(self._parts(text), indent)})"]
        tools = parsed if isinstance(parsed, list) else [parsed]
        parts_of = {mark: self._parameters[name] for name, mark in marks.items()}
        return [data(tool, indent, parts_of) for tool in tools]

    def _free(self, wanted: str) -> str:
        name, number = wanted, 2
        while name in self._names:
            name, number = f"{wanted}_{number}", number + 1
        self._names.add(name)
        return name


def _listing(items: Sequence[str], indent: int = 2) -> str:
    """A list with an item a line, closed at an indentation."""
    inner = "".join(f"{_PAD * (indent + 1)}{item},\n" for item in items)
    return f"[\n{inner}{_PAD * indent}]"


def _identifier(name: str) -> str:
    """A name as Python takes it, of ASCII letters, so that no two that look alike are one."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "text"
    plain = f"text_{plain}" if plain[0].isdigit() else plain
    return f"{plain}_" if keyword.iskeyword(plain) else plain
