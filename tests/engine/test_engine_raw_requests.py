"""Raw Messages requests and logs of them as scenarios: what each becomes, and what is refused in which sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.core.errors import ScenarioError
from optlab.core.prompt import Segment
from optlab.core.request import compose
from optlab.core.scenario import Sample, Scenario
from optlab.engine import scenarios
from optlab.engine.raw_requests import scenario_of, shared_lines

TOOL = {"name": "find_order", "description": "Finds {order}.", "input_schema": {"type": "object", "properties": {}}}
LOG = Path(__file__).parents[2] / "scenarios" / "clock_prefix.requests.jsonl"


def body(question: Any = "What is the capital of Peru?", **more: Any) -> dict[str, Any]:
    return {
        "model": "claude-sonnet-4-6",
        "max_tokens": 50,
        "system": "One word.",
        "messages": [{"role": "user", "content": question}],
        **more,
    }


def of(*bodies: Any) -> Scenario:
    return scenario_of("r.jsonl", "\n".join(map(json.dumps, bodies)))[0]


def notes_of(*bodies: Any) -> tuple[str, ...]:
    return scenario_of("r.jsonl", "\n".join(map(json.dumps, bodies)))[1]


def refusal(*bodies: Any) -> str:
    with pytest.raises(ScenarioError) as caught:
        of(*bodies)
    return str(caught.value)


def sent(scenario: Scenario) -> list[dict[str, Any]]:
    made = dict(model=scenario.model, max_tokens=scenario.max_tokens)
    return [compose(scenario.prompt, sample.variables, **made).body() for sample in scenario.samples]


def test_one_request_becomes_a_scenario_that_sends_it_again() -> None:
    blocks = [{"type": "text", "text": "Rules."}, {"type": "text", "text": "Facts {x}."}]
    turns = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": [{"type": "text", "text": "Ask me."}]},
        {"role": "user", "content": [{"type": "text", "text": "Peru?"}, {"type": "text", "text": "One word."}]},
    ]
    scenario = of(body(system=blocks, tools=[TOOL], messages=turns))
    assert [(s.name, s.where, s.role) for s in scenario.prompt.segments] == [
        ("tool find_order", "tools", None),
        ("system 1", "system", None),
        ("system 2", "system", None),
        ("turn 1", "history", "user"),
        ("turn 2", "history", "assistant"),
        ("question 1", "user", None),
        ("question 2", "user", None),
    ]
    assert scenario.samples == (Sample("only"),)
    (again,) = sent(scenario)
    assert again["tools"] == [TOOL] and again["system"] == blocks
    assert again["messages"] == [turns[0], {"role": "assistant", "content": "Ask me."}, turns[2]]
    assert (again["model"], again["max_tokens"]) == ("claude-sonnet-4-6", 50)


def test_a_request_may_be_written_over_many_lines(tmp_path: Path) -> None:
    file = tmp_path / "capital.json"
    file.write_text(json.dumps(body(), indent=2))
    scenario = scenarios.load(str(file))
    assert (scenario.name, scenario.source) == ("capital", str(file))
    assert scenario.prompt.segments == (
        Segment("system", "system", "One word."),
        Segment("question", "user", "What is the capital of Peru?"),
    )


def test_the_lines_of_a_log_become_samples_that_keep_what_all_of_them_say() -> None:
    texts = [f"Answer shortly.\n\n{q}\nOne word." for q in ("Peru?", "Chile?\nNow.", "Peru?")]
    scenario = of(*map(body, texts))
    assert scenario.prompt.segments[-1].text == "Answer shortly.\n\n{question}\nOne word."
    assert scenario.samples == (
        Sample("line-1", {"question": "Peru?"}),
        Sample("line-2", {"question": "Chile?\nNow."}),
    )
    assert [request["messages"][0]["content"] for request in sent(scenario)] == texts[:2]
    assert "1 of 3 lines ask what another one asks, and make no sample of their own" in notes_of(*map(body, texts))


def test_a_variable_never_takes_a_name_that_the_prompt_has_in_braces() -> None:
    scenario = of(*(body(q, system="Keep {question} as it is.") for q in ("a", "b")))
    assert scenario.prompt.segments[-1].text == "{question_2}"
    assert [request["system"][0]["text"] for request in sent(scenario)] == ["Keep {question} as it is."] * 2


def test_lines_of_a_batch_keep_their_ids() -> None:
    scenario = of(*({"custom_id": f"q{n}", "params": body(f"{n}?")} for n in range(2)))
    assert [sample.id for sample in scenario.samples] == ["q0", "q1"]


def test_what_a_lever_does_or_nobody_needs_is_left_out_and_told() -> None:
    mark = {"type": "ephemeral"}
    system = [{"type": "text", "text": "One word.", "cache_control": mark}]
    noted = notes_of(body(system=system, stream=True, metadata={"user_id": "u"}, temperature=1.0, at=17.5, top_k=None))
    assert noted == (
        "left out of the request: stream (pull the lever streaming), metadata, at, "
        "cache_control (pull the lever caching)",
    )
    assert "max_tokens differs from line to line; the scenario takes the largest, 90" in notes_of(
        body("a"), body("b", max_tokens=90)
    )
    assert "cache_control" not in of(body(tools=[{**TOOL, "cache_control": mark}])).prompt.segments[0].text


def test_what_is_measured_at_its_default_is_left_out_and_told() -> None:
    common = {"temperature": 0, "top_p": 0.9, "top_k": 4, "stop_sequences": ["END"]}
    common["thinking"] = {"type": "enabled", "budget_tokens": 2000}
    assert of(body(**common)) == of(body())
    assert notes_of(body(**common)) == (
        "left out of the request: temperature, top_p, top_k, stop_sequences, thinking",
        "without temperature, top_p, top_k, stop_sequences, thinking the model answers by its defaults, "
        "perhaps otherwise than for you",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ('"x"', "JSON, but no object"),
        ("[{}]", "JSON, but no object"),
        ("x = 1", "not valid JSON"),
    ],
)
def test_a_file_called_json_is_read_as_json(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=said) as refused:
        scenarios.load(str(path))
    assert "TOML" not in str(refused.value)


def test_what_says_what_saying_nothing_says_is_no_matter() -> None:
    plain = {"tool_choice": {"type": "auto"}, "thinking": {"type": "disabled"}, "output_config": {"effort": "high"}}
    assert of(body(**plain)) == of(body())


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (body(output_config={"effort": "low"}), "output_config"),
        (body(tool_choice={"type": "any"}), "tool_choice"),
        (body([{"type": "image", "source": {}}]), "messages[0].content[0] (image)"),
        (
            body([{"type": "document", "source": {}}, {"type": "text", "text": "?"}]),
            "messages[0].content[0] (document)",
        ),
        (
            body(
                messages=[
                    {"role": "user", "content": "?"},
                    {"role": "assistant", "content": [{"type": "tool_use"}]},
                    {"role": "user", "content": [{"type": "tool_result"}]},
                ]
            ),
            "messages[1].content[0] (tool_use), messages[2].content[0] (tool_result)",
        ),
        (body([{"type": "text", "text": "?", "citations": [{}]}]), "messages[0].content[0].citations"),
        (
            body(container="c", output_format={}, fallbacks=[1], speed="fast", betas=["x"]),
            "container, output_format, fallbacks, speed and 1 more",
        ),
    ],
)
def test_what_a_scenario_cannot_hold_is_named(request_: dict[str, Any], named: str) -> None:
    sentence = refusal(request_)
    assert named in sentence and sentence.startswith("r.jsonl: a scenario holds texts and tools, but not ")


@pytest.mark.parametrize(
    ("bodies", "words"),
    [
        ([{"model": "m", "max_tokens": 5}], "r.jsonl: messages holds no message"),
        ([{**body(), "model": None}], "r.jsonl: model is missing"),
        ([{**body(), "max_tokens": "9"}], "r.jsonl: max_tokens is missing, or no whole number"),
        ([{**body(), "max_tokens": 10**9}], "r.jsonl: max_tokens is a whole number from 1 to "),
        ([body(" ")], "r.jsonl: messages[0].content says nothing"),
        ([body(messages=[{"role": "system", "content": "x"}])], "r.jsonl: messages[0].role is user or assistant"),
        ([body(messages=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}])], "take it out"),
        ([body(), {**body(), "model": "claude-opus-4-8"}], "r.jsonl, line 2: another model than in line 1"),
        ([body(), body(tools=[TOOL])], "r.jsonl, line 2: other tools than in line 1"),
        ([body(), body(), body(system="x")], "r.jsonl, line 3: another system prompt than in line 1"),
        ([body(), body([{"type": "text", "text": "a"}] * 2)], "line 2: another number of blocks"),
        ([body(), body(speed="fast")], "r.jsonl, line 2: a scenario holds texts"),
        ([body(), 7], "r.jsonl, line 2: a line is the JSON body of one Messages request (it is no object)"),
    ],
)
def test_what_makes_no_scenario_is_one_sentence_with_its_place(bodies: list[Any], words: str) -> None:
    assert words in refusal(*bodies)


@pytest.mark.parametrize("text", ['{"model": "m",', '{"a": 1}\n{"a": ', "{" * 100_000, '{"\ud800": 1}'])
def test_what_is_no_json_is_one_sentence(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"^r\.jsonl(, line \d)?: "):
        scenario_of("r.jsonl", text)


def test_a_log_of_many_templates_names_the_first_line_that_is_another() -> None:
    with pytest.raises(ScenarioError, match=r"line 3: another system prompt than in line 1.*keep the lines of one"):
        scenarios.load(str(LOG))


TEXTS = st.text(st.sampled_from("ab \n{}q"), min_size=1, max_size=12).filter(str.strip)


@settings(max_examples=40)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5), TEXTS)
def test_every_line_of_a_log_is_sent_again_as_it_was(pairs: list[tuple[str, str]], system: str) -> None:
    """Whatever two blocks of the last message say, the samples make those very messages, in their order."""
    bodies = [body([{"type": "text", "text": one} for one in pair], system=system) for pair in pairs]
    scenario = of(*bodies)
    said = [tuple(block["text"] for block in request["messages"][0]["content"]) for request in sent(scenario)]
    assert said == list(dict.fromkeys(pairs))
    assert all(request["system"] == [{"type": "text", "text": system}] for request in sent(scenario))


def test_shared_lines_leave_something_of_every_text() -> None:
    assert shared_lines(["a", "a\nb"]) == ("", "")
    assert shared_lines(["a\nx\nz", "a\ny\nz"]) == ("a\n", "\nz")
    assert shared_lines(["a\na", "a\na\na"]) == ("a\n", "")
