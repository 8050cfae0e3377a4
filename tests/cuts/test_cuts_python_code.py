"""A prompt written as Python makes the request that was measured, and nothing a file holds becomes code."""

import ast
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.core.prompt import Prompt, Segment, fill
from optlab.core.scenario import Sample, Scenario
from optlab.cuts.python_code import python_code
from optlab.cuts.python_text import block, literal
from optlab.engine import scenarios
from optlab.engine.requests import prepare

NASTY = (
    '""" + __import__("os").system("x") + """',
    "'; import os; '",
    "{__import__('os')} {question} {{question}} {}",
    "back\\slash \\N{BULLET} \\x41 end\\",
    'ends in quotes """"',
    'many\nlines """ of\r\ntext\\\n\ttab\n',
    "\0 \x7f \u2028 \u202e \ufeff \ud800",
    "# -*- coding: utf-7 -*-\n",
    "\\",
    '"',
)
TEXT = st.one_of(st.text(max_size=40), st.text(alphabet=st.sampled_from("\"'\\{}\n\r\tqa#\0"), max_size=30))
VARIABLES = (
    "question",
    "class",
    "odd name",
    "client",
    "json",
    "Any",
    "MODEL",
    "ask",
    "1st",
    "ﬁ",
    "fi",
    "self",
    "rules",
)


def scenario(*segments: Segment, **variables: str) -> Scenario:
    return Scenario(
        "Nasty", "claude-sonnet-4-6", 12, Prompt(segments), (Sample("a", variables or {"question": "Why?"}),)
    )


def asked(subject: Scenario, prompt: Prompt, sample: Sample) -> dict[str, Any]:
    """The request that the exported function makes for a sample, with a client that only listens."""
    source = python_code(subject, prompt)
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert {ast.unparse(call.func) for call in calls} <= {
        *("client.messages.create", "json.loads", "isinstance", "_listed"),
        *(
            ast.unparse(call.func)
            for call in calls
            if isinstance(call.func, ast.Attribute) and call.func.attr == "strip"
        ),
    }
    anthropic = SimpleNamespace(Anthropic=object, types=SimpleNamespace(Message=object, ToolParam=dict))
    code = compile(source.replace("import anthropic\n", ""), "exported.py", "exec")
    module: dict[str, Any] = {"anthropic": anthropic}
    exec(code, module)
    seen: list[dict[str, Any]] = []
    client = SimpleNamespace(messages=SimpleNamespace(create=lambda **request: seen.append(request)))
    names = module["ask"].__kwdefaults__ or {}
    assert names == {}
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "ask")
    parameters = [argument.arg for argument in function.args.kwonlyargs]
    module["ask"](client, **dict(zip(parameters, _values(subject, prompt, sample), strict=True)))
    return seen[0]


def _values(subject: Scenario, prompt: Prompt, sample: Sample) -> list[str]:
    """The sample's values in the order in which its variables first occur in what is sent."""
    places: dict[str, tuple[int, int]] = {}
    for index, segment in enumerate(prompt.segments):
        for name in sample.variables:
            at = segment.text.find(f"{{{name}}}")
            sent = any(fill(segment.text, one.variables).strip() for one in subject.samples)
            if segment.on and at >= 0 and sent:
                places[name] = min(places.get(name, (index, at)), (index, at))
    return [sample.variables[name] for name in sorted(places, key=lambda name: places[name])]


def as_blocks(request: dict[str, Any]) -> dict[str, Any]:
    """The request with every content as a list of blocks: a lone text may be written either way."""
    turns = [
        turn if isinstance(turn["content"], list) else {**turn, "content": [{"type": "text", "text": turn["content"]}]}
        for turn in request["messages"]
    ]
    return {**request, "messages": turns}


@pytest.mark.parametrize("name", sorted(scenarios.bundled()))
def test_bundled_scenarios_ask_what_was_measured(name: str) -> None:
    subject = scenarios.load(name)
    for sample in (*subject.samples[:3], subject.samples[-1]):
        assert asked(subject, subject.prompt, sample) == prepare(subject, sample).body()


@pytest.mark.parametrize("text", NASTY)
def test_texts_of_files_are_never_code(text: str) -> None:
    subject = scenario(
        Segment("rules", "system", text),
        Segment("asks {question}", "history", f"{text}{{question}}", role="user"),
        Segment("says", "history", text, role="assistant"),
        Segment('q"', "user", f"{{question}}\n{text}"),
        question=text,
    )
    assert asked(subject, subject.prompt, subject.samples[0]) == prepare(subject, subject.samples[0]).body()


@settings(deadline=None, derandomize=True, max_examples=120)
@given(TEXT, TEXT, TEXT)
def test_any_texts(rules: str, words: str, value: str) -> None:
    subject = scenario(
        Segment("rules", "system", rules),
        Segment("more", "system", f"{words}{{question}}{words}"),
        Segment("q", "user", f"?{words}{{other}}"),
        question=value,
        other=rules,
    )
    assert asked(subject, subject.prompt, subject.samples[0]) == prepare(subject, subject.samples[0]).body()


@settings(deadline=None, derandomize=True)
@given(TEXT)
def test_strings_are_literals(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text
    if "\n" in text:
        assert ast.literal_eval(block(text)) == text


def test_any_variable_has_a_parameter() -> None:
    text = " ".join(f"{{{name}}}" for name in VARIABLES)
    subject = scenario(
        Segment("rules", "system", "long " * 40),
        Segment("q", "user", text),
        **{name: f"<{name}>" for name in VARIABLES},
    )
    source = python_code(subject, subject.prompt)
    arguments = next(node.args.kwonlyargs for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    assert len({argument.arg for argument in arguments}) == len(VARIABLES)
    assert asked(subject, subject.prompt, subject.samples[0]) == prepare(subject, subject.samples[0]).body()


def test_tools_with_variables_in_their_words() -> None:
    tool = {
        "name": "find",
        "description": "Today is {now}.",
        "input_schema": {"type": "object", "a": [1.5, None, True]},
    }
    plain = {"name": "stop", "description": "Stop.", "input_schema": {"type": "object"}}
    for tools in (json.dumps(tool), json.dumps([plain, tool]), json.dumps(plain)):
        subject = scenario(
            Segment("t", "tools", tools), Segment("q", "user", "{question}"), question="Why?", now="Monday"
        )
        assert asked(subject, subject.prompt, subject.samples[0]) == prepare(subject, subject.samples[0]).body()


def test_tools_that_are_json_only_when_filled_in() -> None:
    subject = scenario(
        Segment("t", "tools", '{"name": "find", "input_schema": {"maximum": {limit}}}'),
        Segment("u", "tools", "{more}"),
        Segment("q", "user", "?"),
        limit="5",
        more='[{"name": "a"}, {"name": "b"}]',
    )
    assert asked(subject, subject.prompt, subject.samples[0]) == prepare(subject, subject.samples[0]).body()


def test_parts_that_are_off_or_empty_are_left_out() -> None:
    segments = (
        Segment("off", "system", "Not this {question}.", on=False),
        Segment("blank", "system", " \n"),
        Segment("note", "system", "{note}"),
        Segment("q", "user", "{question}"),
        Segment("extra", "user", "{note}"),
    )
    rows = (
        Sample("with", {"question": "Why?", "note": "Be brief."}),
        Sample("without", {"question": "Why?", "note": " "}),
    )
    subject = Scenario("Empty", "claude-sonnet-4-6", 12, Prompt(segments), rows)
    for sample in rows:
        made = asked(subject, subject.prompt, sample)
        expected = as_blocks(prepare(subject, sample).body())
        assert as_blocks({key: value for key, value in made.items() if value}) == expected


def test_what_makes_no_request_is_refused() -> None:
    with pytest.raises(ValueError, match="no user text left"):
        python_code(scenario(Segment("s", "system", "x")), Prompt((Segment("s", "system", "x"),)))
    with pytest.raises(ValueError, match="segment 't' is no JSON"):
        subject = scenario(Segment("t", "tools", "{"), Segment("q", "user", "?"))
        python_code(subject, subject.prompt)


def test_what_it_looks_like() -> None:
    subject = scenario(
        Segment("rules", "system", "You are brief.\nYou are kind."),
        Segment("question", "user", f"Ticket: {{question}}\n{'Of the labels, ' * 5}\nLabel:"),
    )
    assert python_code(subject, subject.prompt, "classify") == (
        '"Nasty"\n\nimport anthropic\n\nMODEL = "claude-sonnet-4-6"\nMAX_TOKENS = 12\n\n'
        'RULES = """\\\nYou are brief.\nYou are kind."""\n\n\n'
        "def classify(client: anthropic.Anthropic, *, question: str) -> anthropic.types.Message:\n"
        '    """Ask, and give the whole answer."""\n'
        "    return client.messages.create(\n        model=MODEL,\n        max_tokens=MAX_TOKENS,\n"
        '        system=[\n            {"type": "text", "text": RULES},\n        ],\n'
        '        messages=[\n            {"role": "user", "content": (\n'
        '                f"Ticket: {question}\\n"\n'
        f'                "{"Of the labels, " * 5}\\n"\n'
        '                "Label:"\n            )},\n        ],\n    )\n'
    )
