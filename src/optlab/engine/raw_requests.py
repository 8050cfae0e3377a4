"""Raw Messages requests as a scenario: one request (JSON), or a log of them, one a line, that share a template.

In a log only the last user message may change from line to line. Where it does, the whole lines that all of them begin
and end with stay in the prompt, and what is between them becomes a variable, so that every sample makes its request
again, byte for byte. A line may also be one request of a message batch, with its `custom_id` and `params`.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from optlab.core.errors import ScenarioError
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import Sample, Scenario
from optlab.engine.requests import examine_prompt
from optlab.engine.scenario_file import highest_max_tokens
from optlab.engine.written_request import DEFAULTED, WrittenRequest, read_request, tool_text

VARIABLE = "question"


class _Line(msgspec.Struct, frozen=True):
    """One request, the line it stands in (None: the whole file is one), and the id its line gives it."""

    request: WrittenRequest
    number: int | None
    id: str = ""

    @property
    def place(self) -> str:
        """Where it stands, for the end of a sentence."""
        return "the request" if self.number is None else f"line {self.number}"


def is_raw(name: str, text: str) -> bool:
    """Whether a file holds requests: it is called JSON, or begins with a brace, as no TOML does."""
    return Path(name).suffix.lower() in (".json", ".jsonl") or text.lstrip().startswith("{")


def scenario_of(label: str, text: str) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario that a file of requests becomes, and what of it is worth a second look.

    `label` is the file as the user named it. Raises ScenarioError in one sentence with file and line.
    """
    lines = _lines(label, text)
    first = lines[0]
    most = max(line.request.max_tokens for line in lines)
    if not 1 <= most <= highest_max_tokens(first.request.model):
        highest = highest_max_tokens(first.request.model)
        raise ScenarioError(f"{label}: max_tokens is a whole number from 1 to {highest:,}, not {most:,}")
    user, samples, twice = _sampled(lines)
    scenario = Scenario(
        name=Path(label).name.partition(".")[0] or "request",
        about=f"Made of {len(lines):,} logged requests." if len(lines) > 1 else "Made of one Messages request.",
        model=first.request.model,
        max_tokens=most,
        prompt=Prompt((*_frame(first.request), *user)),
        samples=samples,
        source=label,
    )
    try:
        examine_prompt(scenario)
    except ScenarioError as error:
        raise ScenarioError(f"{label}: {error}") from None
    return scenario, tuple(_notes(lines, most, twice))


def _lines(label: str, text: str) -> list[_Line]:
    whole = _object(text)
    if isinstance(whole, dict):
        return [_read(label, whole, None)]
    rows = [(number, row) for number, row in enumerate(text.split("\n"), 1) if row.strip()]
    if not rows:
        raise ScenarioError(f"{label}: the file is empty; write one Messages request as JSON, or one a line")
    if not isinstance(_object(rows[0][1]), dict):
        why = f"this is not valid JSON ({whole})" if isinstance(whole, str) else "this is JSON, but no object"
        raise ScenarioError(f"{label}: {why}; write one Messages request, or one a line")
    found = []
    for number, row in rows:
        body = _object(row)
        if not isinstance(body, dict):
            why = f"it is not JSON: {body}" if isinstance(body, str) else "it is no object"
            raise ScenarioError(f"{label}, line {number}: a line is the JSON body of one Messages request ({why})")
        found.append(_read(label, body, number))
        _require_template(label, found[0], found[-1])
    return found


def _object(text: str) -> Any:
    """What JSON says, or why it says nothing, in words."""
    try:
        found = msgspec.json.decode(text)
    except RecursionError:
        return "nested too deep"
    except (msgspec.DecodeError, UnicodeError) as error:
        return str(error)[:100]
    return found if isinstance(found, dict) else None


def _read(label: str, body: Mapping[str, Any], number: int | None) -> _Line:
    name, params = body.get("custom_id"), body.get("params")
    batched = isinstance(params, dict)
    try:
        request = read_request(params if isinstance(params, dict) else body)
    except ValueError as error:
        at = label if number is None else f"{label}, line {number}"
        raise ScenarioError(f"{at}: {error}") from None
    return _Line(request, number, name if batched and isinstance(name, str) else "")


def _require_template(label: str, first: _Line, line: _Line) -> None:
    """Raise ScenarioError where two requests differ in more than the last user message."""
    one, other = first.request, line.request
    for what, a, b in (
        ("another model", one.model, other.model),
        ("other tools", one.tools, other.tools),
        ("another system prompt", one.system, other.system),
        ("other earlier turns", one.history, other.history),
        ("another number of blocks in the last user message", len(one.question), len(other.question)),
    ):
        if a != b:
            _refuse_mixture(label, line.place, what, first.place)


def _refuse_mixture(label: str, here: str, what: str, there: str) -> NoReturn:
    raise ScenarioError(
        f"{label}, {here}: {what} than in {there}, and in a log that becomes a scenario only the last user "
        "text may differ; keep the lines of one template (`optlab cache doctor` reads mixed logs)"
    )


def _frame(request: WrittenRequest) -> Iterable[Segment]:
    """The segments in front of the last user message, in the order in which a prompt is read."""
    names = _Names()
    for tool in request.tools:
        yield Segment(names.new(f"tool {tool.get('name') or tool.get('type') or ''}".strip()), "tools", tool_text(tool))
    for number, text in enumerate(request.system, 1):
        yield Segment(names.new(f"system {number}" if len(request.system) > 1 else "system"), "system", text)
    for number, (role, text) in enumerate(request.history, 1):
        yield Segment(names.new(f"turn {number}"), "history", text, role)


class _Names:
    """Gives every segment a name of its own."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, wanted: str) -> str:
        name = next(n for n in (wanted, *(f"{wanted} {i}" for i in range(2, 1_000_000))) if n not in self._taken)
        self._taken.add(name)
        return name


def _sampled(lines: Sequence[_Line]) -> tuple[list[Segment], tuple[Sample, ...], int]:
    """The last user message as segments, a sample for every different one, and how many lines said nothing new."""
    columns = list(zip(*(line.request.question for line in lines), strict=True))
    changing = [index for index, texts in enumerate(columns) if len(set(texts)) > 1]
    variables = dict(zip(changing, _variables(lines[0].request, len(changing)), strict=True))
    segments, values = [], []
    for index, texts in enumerate(columns):
        name = VARIABLE if len(columns) == 1 else f"{VARIABLE} {index + 1}"
        if index not in variables:
            segments.append(Segment(name, "user", texts[0]))
            continue
        head, tail = shared_lines(texts)
        hole = f"{{{variables[index]}}}"
        segments.append(Segment(name, "user", f"{head}{hole}{tail}", trimmable=bool(head or tail)))
        values.append([(variables[index], text[len(head) : len(text) - len(tail)]) for text in texts])
    rows = list(zip(*values, strict=True)) or [()] * len(lines)
    fresh: dict[tuple[tuple[str, str], ...], _Line] = {}
    for row, line in zip(rows, lines, strict=True):
        fresh.setdefault(row, line)
    if len(fresh) == 1:
        return segments, (Sample("only"),), len(lines) - 1
    ids = _ids(lines)
    samples = tuple(Sample(ids[line.number], dict(row)) for row, line in fresh.items())
    return segments, samples, len(lines) - len(fresh)


def _ids(lines: Sequence[_Line]) -> dict[int | None, str]:
    """An id for every line: its own where all have different ones, else by its number."""
    own = [line.id for line in lines]
    named = all(own) and len(set(own)) == len(own)
    return {line.number: line.id if named else f"line-{line.number}" for line in lines}


def _variables(request: WrittenRequest, many: int) -> list[str]:
    """Names for so many variables that stand, in braces, nowhere in the prompt."""
    texts = "\n".join(request.texts)
    names = (f"{VARIABLE}_{number}" if number > 1 else VARIABLE for number in count(1))
    free = (name for name in names if f"{{{name}}}" not in texts)
    return [next(free) for _ in range(many)]


def shared_lines(texts: Sequence[str]) -> tuple[str, str]:
    """The whole lines with which all texts begin, and those with which they end; some of every text is left between."""
    split = [text.split("\n") for text in texts]
    room = min(map(len, split)) - 1
    head = _alike(split, range(room))
    tail = _alike(split, range(-1, -1 - (room - head), -1))
    first = split[0]
    return "".join(f"{row}\n" for row in first[:head]), "".join(f"\n{row}" for row in first[len(first) - tail :])


def _alike(split: Sequence[Sequence[str]], indices: range) -> int:
    """At how many of these places in a row all texts have the same line."""
    for many, index in enumerate(indices):
        if len({rows[index] for rows in split}) > 1:
            return many
    return len(indices)


def _notes(lines: Sequence[_Line], most: int, twice: int) -> Iterable[str]:
    if left := dict.fromkeys(name for line in lines for name in line.request.left_out):
        yield f"left out of the request: {', '.join(left)}"
        if defaulted := [name for name in left if name in DEFAULTED]:
            yield f"without {', '.join(defaulted)} the model answers by its defaults, perhaps otherwise than for you"
    if any(line.request.max_tokens != most for line in lines):
        yield f"max_tokens differs from line to line; the scenario takes the largest, {most:,}"
    if twice:
        yield f"{twice:,} of {len(lines):,} lines ask what another one asks, and make no sample of their own"
