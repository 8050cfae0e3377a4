"""Scenario files: what a good one becomes, and the one sentence that refuses each kind of broken one."""

from pathlib import Path

import pytest

from optlab.catalogue import estimate_tokens
from optlab.core.errors import ScenarioError
from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario, Traffic
from optlab.engine import scenarios
from optlab.engine.requests import prepare
from optlab.levers import BY_NAME as LEVERS

GOOD = """\
name = "Support desk"
about = "Rules and a question."
model = "claude-sonnet-4-6"
max_tokens = 400

[[segment]]
name = "rules"
where = "system"
file = "support/rules.md"

[[segment]]
name = "question"
where = "user"
text = "{question}"
trimmable = false

[[check]]
kind = "regex"
pattern = "[a-z]"

[[sample]]
id = "cancel-order"
question = "How do I cancel an order?"
[[sample.check]]
kind = "contains"
all = ["Orders page", "30 minutes"]

[[sample]]
id = "refund"
question = "Where is my refund?"

[samples]
file = "support/samples.jsonl"

[lever.max_tokens]
cap = 120

[traffic]
per_minute = 4

[plan]
primary = "cost_usd"
delta_min = 0.10
pairs = 120
quality_margin = 0.10
time_limit_s = 30
budget_usd = 0.25
"""
SAMPLES = """\
{"id": "size", "question": "Which size?", "number": 7, "check": [{"kind": "equals", "value": "M"}]}

{"id": "colour", "question": "Which colour?"}
"""

KINDS = "contains, equals, regex, numeric, json_schema, fields, similarity, length, judge"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the good scenario, as the current one, so that labels are bare names."""
    folder = tmp_path / "desk"
    (folder / "support").mkdir(parents=True)
    (folder / "support" / "rules.md").write_text("Be brief.\n", "utf-8")
    (folder / "support" / "samples.jsonl").write_text(SAMPLES, "utf-8")
    (folder / "desk.toml").write_text(GOOD, "utf-8")
    (tmp_path / "outside.md").write_text("secret", "utf-8")
    monkeypatch.chdir(folder)
    return folder


def refusal(text: str | bytes) -> str:
    """What is said of desk.toml with this text."""
    Path("desk.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ScenarioError) as caught:
        scenarios.load("desk.toml")
    return str(caught.value)


def broken(old: str, new: str) -> str:
    """The good scenario with one piece of text replaced."""
    assert GOOD.count(old) >= 1, old
    return GOOD.replace(old, new, 1)


def test_a_good_scenario(desk: Path) -> None:
    anything = CheckSpec("regex", {"pattern": "[a-z]"})
    assert scenarios.load("desk.toml") == Scenario(
        name="Support desk",
        model="claude-sonnet-4-6",
        max_tokens=400,
        prompt=Prompt(
            (
                Segment("rules", "system", "Be brief.\n"),
                Segment("question", "user", "{question}", trimmable=False),
            )
        ),
        samples=(
            Sample(
                "cancel-order",
                {"question": "How do I cancel an order?"},
                (anything, CheckSpec("contains", {"all": ["Orders page", "30 minutes"]})),
            ),
            Sample("refund", {"question": "Where is my refund?"}, (anything,)),
            Sample(
                "size",
                {"question": "Which size?", "number": "7"},
                (anything, CheckSpec("equals", {"value": "M"})),
            ),
            Sample("colour", {"question": "Which colour?"}, (anything,)),
        ),
        about="Rules and a question.",
        lever_params={"max_tokens": {"cap": 120}},
        traffic=Traffic(4.0),
        plan=Plan("cost_usd", 0.1, 0.05, 120, 0.1, 0.05, 30.0, 0.25),
        source="desk.toml",
    )


def test_the_smallest_scenario(desk: Path) -> None:
    Path("small.toml").write_text(
        'name = "S"\nmodel = "own-model"\nmax_tokens = 1\n[[segment]]\nname = "q"\nwhere = "user"\ntext = "Why?"\n',
        "utf-8",
    )
    found = scenarios.load("small.toml")
    assert found.samples == (Sample("only"),)
    assert (found.plan, found.traffic, found.lever_params) == (Plan(), Traffic(), {})
    assert (found.plan.pairs, found.plan.delta_min, found.plan.quality_margin) == (12, 0.05, 0.05)
    assert not found.has_checks


def test_files_count_from_the_scenarios_own_folder(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    found = scenarios.load(str(desk / "desk.toml"))
    assert found.prompt.segments[0].text == "Be brief.\n"
    assert found.source == str(desk / "desk.toml")


def test_history_and_windows_line_ends(desk: Path) -> None:
    turn = '[[segment]]\nname = "hi"\nwhere = "history"\nrole = "assistant"\ntext = "Hello"\n\n[[check]]'
    Path("desk.toml").write_bytes(broken("[[check]]", turn).replace("\n", "\r\n").encode())
    assert scenarios.load("desk.toml").prompt.segments[2] == Segment("hi", "history", "Hello", "assistant")


BAD_FRACTION = "expected a fraction between 0 and 1"
ROLE = "`role` (user or assistant) belongs to history segments, and every one of them needs it"
ONE_TEXT = "the segment 'question' needs exactly one of `text` and `file`"
BROKEN = {
    "syntax": (broken('name = "Support desk"', "name = "), "line 1: this is not valid TOML (Invalid value)"),
    "syntax further down": (broken("pairs = 120", "pairs == 120"), "line 44: this is not valid TOML (Invalid value)"),
    "duplicate key": (
        broken("max_tokens = 400", "max_tokens = 400\nmax_tokens = 4"),
        "line 5: this is not valid TOML (Cannot overwrite a value)",
    ),
    "missing key": (broken('name = "Support desk"\n', ""), "line 1, key 'name': this key is missing"),
    "missing key in a table": (
        broken('where = "user"\n', ""),
        "line 11, key 'segment[1].where': this key is missing",
    ),
    "unknown key": (broken("about", "abuot"), "line 2, key 'abuot': optlab knows no such key"),
    "unknown key in a table": (
        broken("trimmable", "trimable"),
        "line 15, key 'segment[1].trimable': optlab knows no such key",
    ),
    "unknown key of the plan": (
        broken("delta_min", "delta"),
        "line 43, key 'plan.delta': optlab knows no such key",
    ),
    "unknown key of the traffic": (
        broken("per_minute", "per_hour"),
        "line 39, key 'traffic.per_hour': optlab knows no such key",
    ),
    "wrong type": (
        broken("max_tokens = 400", 'max_tokens = "many"'),
        "line 4, key 'max_tokens': expected a whole number, got text",
    ),
    "wrong type in the plan": (
        broken("pairs = 120", "pairs = 1.5"),
        "line 44, key 'plan.pairs': expected a whole number, got a number",
    ),
    "role without history": (
        broken('where = "user"', 'where = "user"\nrole = "user"'),
        f"line 11, key 'segment[1]': {ROLE}",
    ),
    "history without role": (broken('where = "user"', 'where = "history"'), f"line 11, key 'segment[1]': {ROLE}"),
    "text and file": (
        broken("trimmable = false", 'file = "support/rules.md"'),
        f"line 11, key 'segment[1]': {ONE_TEXT}",
    ),
    "neither text nor file": (broken('text = "{question}"\n', ""), f"line 11, key 'segment[1]': {ONE_TEXT}"),
    "file outside": (
        broken("support/rules.md", "../outside.md"),
        "line 9, key 'segment[0].file': '../outside.md' lies outside the scenario's folder; "
        "keep every file of a scenario inside it",
    ),
    "absolute file outside": (
        broken("support/rules.md", "/etc/hostname"),
        "line 9, key 'segment[0].file': '/etc/hostname' lies outside the scenario's folder; "
        "keep every file of a scenario inside it",
    ),
    "segment twice": (
        broken('name = "question"', 'name = "rules"'),
        "line 12, key 'segment[1].name': 'rules' is there twice; every segment needs its own name",
    ),
    "sample twice": (
        broken('id = "refund"', 'id = "cancel-order"'),
        "line 29, key 'sample[1].id': 'cancel-order' is there twice; every sample needs its own id",
    ),
    "sample without id": (
        broken('id = "refund"\n', ""),
        "line 28, key 'sample[1].id': every sample needs a text `id`, and its checks as [[sample.check]]",
    ),
    "sample whose id is no text": (
        broken('id = "refund"', "id = 7"),
        "line 29, key 'sample[1].id': every sample needs a text `id`, and its checks as [[sample.check]]",
    ),
    "sample with a list": (
        broken('question = "Where is my refund?"', 'question = ["a"]'),
        "line 30, key 'sample[1].question': a sample's value must be text or a number",
    ),
    "sample with a truth value": (
        broken('question = "Where is my refund?"', "question = true"),
        "line 30, key 'sample[1].question': a sample's value must be text or a number",
    ),
    "unknown kind of check": (
        broken('kind = "contains"', 'kind = "magic"'),
        "line 25, key 'sample[0].check[0].kind': a check's kind is one of "
        + KINDS
        + ", not 'magic'; docs/scenarios.md has each",
    ),
    "check without kind": (
        broken('kind = "contains"\n', ""),
        "line 24, key 'sample[0].check[0].kind': a check's kind is one of "
        + KINDS
        + ", not None; docs/scenarios.md has each",
    ),
    "unknown setting of a check": (
        broken('all = ["Orders page"', 'al = ["Orders page"'),
        "line 26, key 'sample[0].check[0].al': optlab knows no such key",
    ),
    "wrong setting of a check": (
        broken('all = ["Orders page", "30 minutes"]', 'all = "Orders page"'),
        "line 26, key 'sample[0].check[0].all': expected a list, got text",
    ),
    "empty check": (
        broken('all = ["Orders page", "30 minutes"]\n', ""),
        "line 24, key 'sample[0].check[0]': a contains check needs `all`, `any` or `none`",
    ),
    "broken pattern of a shared check": (
        broken('pattern = "[a-z]"', 'pattern = "["'),
        "line 17, key 'check[0]': `pattern` is no regular expression: unterminated character set at position 0",
    ),
    "unknown lever": (
        broken("[lever.max_tokens]", "[lever.max_token]"),
        f"line 35, key 'lever.max_token': there is no lever 'max_token'; the levers are {', '.join(LEVERS)}",
    ),
    "unknown parameter": (
        broken("cap = 120", "size = 120"),
        "line 36, key 'lever.max_tokens.size': the lever max_tokens has no parameter 'size'; its parameters are: cap",
    ),
    "parameter out of range": (
        broken("cap = 120", "cap = 0"),
        "line 36, key 'lever.max_tokens.cap': lever max_tokens: cap is a whole number from 1 to 128,000, not 0",
    ),
    "fraction above one": (
        broken("delta_min = 0.10", "delta_min = 5"),
        f"line 43, key 'plan.delta_min': {BAD_FRACTION}",
    ),
    "fraction of zero": (
        broken("quality_margin = 0.10", "quality_margin = 0"),
        f"line 45, key 'plan.quality_margin': {BAD_FRACTION}",
    ),
    "fraction that is no number": (
        broken("quality_margin = 0.10", "alpha = nan"),
        f"line 45, key 'plan.alpha': {BAD_FRACTION}",
    ),
    "no pairs": (
        broken("pairs = 120", "pairs = 0"),
        "line 44, key 'plan.pairs': expected at least one pair",
    ),
    "a limit of nothing": (
        broken("pairs = 120", "slo = { ttft_ms = 450, e2e_ms = 0 }"),
        "line 44, key 'plan.slo.e2e_ms': expected a number above 0",
    ),
    "a limit of something else": (
        broken("pairs = 120", "slo = { p99_ms = 450 }"),
        "line 44, key 'plan.slo.p99_ms': optlab knows no such key",
    ),
    "no attempt": (
        broken("pairs = 120", "attempts = 0"),
        "line 44, key 'plan.attempts': expected a whole number from 1 (no retries) to 10",
    ),
    "attempts without end": (
        broken("pairs = 120", "attempts = 11"),
        "line 44, key 'plan.attempts': expected a whole number from 1 (no retries) to 10",
    ),
    "max_tokens too large": (
        broken("max_tokens = 400", "max_tokens = 128001"),
        "line 4, key 'max_tokens': expected a whole number from 1 to 128,000",
    ),
    "max_tokens of zero": (
        broken("max_tokens = 400", "max_tokens = 0"),
        "line 4, key 'max_tokens': expected a whole number from 1 to 128,000",
    ),
    "max_tokens of zero for an unknown model": (
        broken("claude-sonnet-4-6", "own").replace("max_tokens = 400", "max_tokens = 0"),
        "line 4, key 'max_tokens': expected a whole number from 1 to 1,000,000",
    ),
    "nothing but rules": (
        broken('where = "user"', 'where = "system"'),
        "key 'segment': with the sample 'cancel-order' the prompt has no user text left; switch a user segment on",
    ),
    "user segment off": (
        broken("trimmable = false", "on = false"),
        "key 'segment': with the sample 'cancel-order' the prompt has no user text left; switch a user segment on",
    ),
    "tools that are no JSON": (
        broken('where = "system"', 'where = "tools"'),
        "key 'segment': with the sample 'cancel-order' segment 'rules' is no JSON "
        "(JSON is malformed: invalid character (byte 0)); a tools segment holds one tool or a list",
    ),
    "unknown key of the samples": (
        broken('file = "support/samples.jsonl"', 'fil = "support/samples.jsonl"'),
        "line 33, key 'samples.fil': optlab knows no such key",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_scenario_is_refused_in_one_sentence(desk: Path, name: str) -> None:
    text, words = BROKEN[name]
    said = refusal(text)
    assert said.startswith("desk.toml, line ")
    assert said.endswith(words)
    assert "$" not in said and "\n" not in said and "Object" not in said


def test_a_file_that_cannot_be_read(desk: Path) -> None:
    said = refusal(broken("support/rules.md", "support"))
    assert said.startswith("desk.toml, line 9, key 'segment[0].file': 'support' cannot be read as UTF-8 text (")


@pytest.mark.parametrize(
    "was, key", [("support/rules.md", "line 9, key 'segment[0].file'"), ("samples.jsonl", "'samples.file'")]
)
def test_a_file_that_is_missing_is_told_as_missing(desk: Path, was: str, key: str) -> None:
    said = refusal(broken(was, "support/nothing.md" if "/" in was else "gone.jsonl"))
    assert key in said and said.endswith("is missing; add that file, or mend its name")


def test_a_link_that_leads_outside_is_a_file_outside(desk: Path) -> None:
    Path("support/link.md").symlink_to(desk.parent / "outside.md")
    assert "'support/link.md' lies outside the scenario's folder" in refusal(
        broken("support/rules.md", "support/link.md")
    )


@pytest.mark.parametrize(
    "key, value, options",
    [
        ('where = "system"', 'where = "sytem"', ("system", "tools", "history", "user")),
        ('where = "user"', 'where = "history"\nrole = "bob"', ("user", "assistant")),
        ('primary = "cost_usd"', 'primary = "speed"', ("first_visible", "e2e", "cost_usd")),
    ],
)
def test_a_word_that_is_none_of_a_few_names_them(desk: Path, key: str, value: str, options: tuple[str, ...]) -> None:
    said = refusal(broken(key, value))
    assert all(option in said for option in options)


@pytest.mark.parametrize("key, value", [('where = "system"', 'where = "sytem"'), ('"cost_usd"', '"speed"')])
def test_a_word_that_is_none_of_a_few_is_found_and_quoted(desk: Path, key: str, value: str) -> None:
    said = refusal(broken(key, value))
    line, where = ("8", "segment[0].where") if "where" in key else ("42", "plan.primary")
    assert said.startswith(f"desk.toml, line {line}, key '{where}': ")
    assert ("'sytem'" in said) or ("'speed'" in said)


@pytest.mark.parametrize("value", ["[1]", "2026-01-01", "{ a = 1 }"])
def test_a_lever_parameter_of_a_wrong_type_names_its_place(desk: Path, value: str) -> None:
    said = refusal(broken("cap = 120", f"cap = {value}"))
    assert said == "desk.toml, line 36, key 'lever.max_tokens.cap': a lever's parameter is text or a number"


@pytest.mark.parametrize(
    "old, new",
    [
        ("time_limit_s = 30", "time_limit_s = nan"),
        ("time_limit_s = 30", "time_limit_s = inf"),
        ("budget_usd = 0.25", "budget_usd = nan"),
        ("budget_usd = 0.25", "budget_usd = -1"),
        ("per_minute = 4", "per_minute = nan"),
        ("per_minute = 4", "per_minute = -4"),
        ("per_minute = 4", "per_minute = inf"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused(desk: Path, old: str, new: str) -> None:
    said = refusal(broken(old, new))
    assert f".{new.split()[0]}': expected a number above 0" in said


def test_a_time_limit_of_zero_names_its_own_key(desk: Path) -> None:
    said = refusal(broken("time_limit_s = 30", "time_limit_s = 0"))
    assert said == "desk.toml, line 46, key 'plan.time_limit_s': expected a number above 0"


def jsonl(line: str | bytes) -> str:
    """What is said of a samples file with this second line."""
    raw = line.encode() if isinstance(line, str) else line
    Path("support/samples.jsonl").write_bytes(b'{"id": "a", "question": "q"}\n' + raw + b"\n")
    return refusal(GOOD)


ONE_OBJECT = "support/samples.jsonl, line 2: a sample is one JSON object a line ("


@pytest.mark.parametrize("line", ['{"id":', "[1]", "3", '"text"', "{} {}", "{'id': 'x'}"])
def test_a_line_of_samples_that_is_no_object(desk: Path, line: str) -> None:
    said = jsonl(line)
    assert said.startswith(ONE_OBJECT) and said.endswith(")")
    assert "$" not in said


@pytest.mark.parametrize(
    "line, words",
    [
        ("{}", "key 'id': every sample needs a text `id`, and its checks as [[sample.check]]"),
        ('{"id": 3}', "key 'id': every sample needs a text `id`, and its checks as [[sample.check]]"),
        ('{"id": "x", "check": "no"}', "key 'id': every sample needs a text `id`, and its checks as [[sample.check]]"),
        ('{"id": "x", "question": [1]}', "key 'question': a sample's value must be text or a number"),
        ('{"id": "x", "question": null}', "key 'question': a sample's value must be text or a number"),
        (
            '{"id": "x", "check": [{"kind": "magic"}]}',
            "key 'check[0].kind': a check's kind is one of " + KINDS + ", not 'magic'; docs/scenarios.md has each",
        ),
    ],
)
def test_a_line_of_samples_that_says_nonsense(desk: Path, line: str, words: str) -> None:
    assert jsonl(line) == f"support/samples.jsonl, line 2, {words}"


@pytest.mark.parametrize(
    "check, words",
    [
        ('{"kind": "contains", "al": ["x"]}', "key 'check[0].al': optlab knows no such key"),
        ('{"kind": "contains", "all": 3}', "key 'check[0].all': expected a list, got a whole number"),
        ('"no"', "key 'check[0]': a check is a table with a `kind` and that kind's settings"),
    ],
)
def test_a_check_in_a_line_of_samples_names_its_key(desk: Path, check: str, words: str) -> None:
    assert jsonl('{"id": "x", "check": [' + check + "]}") == f"support/samples.jsonl, line 2, {words}"


def test_a_sample_that_a_samples_file_repeats_is_found_there(desk: Path) -> None:
    assert jsonl('{"id": "refund"}').startswith("support/samples.jsonl, line 2")


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_only_newlines_end_a_line_of_samples(desk: Path, separator: str) -> None:
    Path("support/samples.jsonl").write_text(f'{{"id": "x", "question": "a{separator}b"}}\n', "utf-8")
    assert scenarios.load("desk.toml").samples[-1].variables == {"question": f"a{separator}b"}


def test_a_samples_file_that_is_not_utf8(desk: Path) -> None:
    said = jsonl(b'{"id": "\xff"}')
    assert said.startswith("desk.toml, line 33, key 'samples.file': 'support/samples.jsonl' cannot be read as UTF-8")


def test_an_empty_samples_file_is_refused(desk: Path) -> None:
    Path("support/samples.jsonl").write_text("\n", "utf-8")
    text = GOOD[: GOOD.index("[[sample]]")] + GOOD[GOOD.index("[samples]") :]
    said = refusal(text)
    assert said.endswith("key 'samples.file': 'support/samples.jsonl' holds no sample; write one JSON object a line")


def test_a_scenario_that_is_not_utf8(desk: Path) -> None:
    assert refusal(b'name = "caf\xe9"') == "desk.toml: byte 11 is not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize("name", [".", "support"])
def test_a_folder_is_no_scenario(desk: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match=r"cannot be read \(Is a directory\); give the path of a scenario file"):
        scenarios.load(name)


def test_a_file_that_is_not_there_names_the_bundled_ones(desk: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenarios.load("nothing.toml")
    assert str(caught.value) == (
        f"nothing.toml: there is no such file; the scenarios that come with optlab are "
        f"{', '.join(scenarios.bundled())} (give the bare name)"
    )


@pytest.mark.parametrize("name", ["\0", "a" * 300])
def test_a_name_that_no_file_can_have(desk: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match=r"cannot be read \(.+\); give the path of a scenario file$"):
        scenarios.load(name)


@pytest.mark.parametrize(
    "text",
    [
        broken("support/rules.md", "a\\u0000b"),
        broken("max_tokens = 400", "max_tokens = " + "1" * 5_000),
        broken('question = "Where is my refund?"', 'check = ["x"]'),
        broken('pattern = "[a-z]"', 'pattern = "a{99999999999999999999}"'),
        "a = " + "[" * 5_000,
    ],
    ids=["NUL in a file name", "5,000 digits", "a check that is text", "a monstrous count", "5,000 brackets"],
)
def test_adversarial_scenarios_are_refused_like_others(desk: Path, text: str) -> None:
    assert refusal(text).startswith("desk.toml")


def test_a_sample_that_leaves_no_user_text_is_refused(desk: Path) -> None:
    assert "with the sample 'refund' the prompt has no user text left" in refusal(
        broken('question = "Where is my refund?"', 'question = ""')
    )


@pytest.mark.parametrize(
    "text",
    [
        broken('where = "system"\nfile = "support/rules.md"', f"where = \"tools\"\ntext = '{'[' * 100_000}'"),
        broken('question = "Where is my refund?"', "question = 0x" + "f" * 5_000),
        broken("max_tokens = 400", "max_tokens = 0x" + "f" * 5_000).replace("claude-sonnet-4-6", "own"),
    ],
    ids=["100,000 brackets in a tool", "a sample's long number", "an unknown model's long max_tokens"],
)
def test_more_adversarial_scenarios_are_refused_like_others(desk: Path, text: str) -> None:
    assert refusal(text).startswith("desk.toml")


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_a_lever_parameter_that_json_cannot_say_is_refused(desk: Path, value: str) -> None:
    refusal(broken("[lever.max_tokens]\ncap = 120", f"[lever.smaller_model]\nmodel = {value}"))


def test_a_number_out_of_range_in_a_line_of_samples(desk: Path) -> None:
    assert "$" not in jsonl('{"id": "x", "number": 1e999}')


def test_bundled_scenarios_load_and_make_requests() -> None:
    found = {name: scenarios.load(name) for name in scenarios.bundled()}
    assert {"hamlet", "essay", "support_rules", "tickets", "invoices"} <= set(found)
    for name, scenario in found.items():
        assert scenario.source == name
        assert scenario.about and scenario.plan.primary
        for sample in scenario.samples:
            request = prepare(scenario, sample)
            assert request.model == scenario.model
            assert "{" not in request.messages[-1].blocks[0].text


def test_hamlet_and_essay_are_those_of_the_course() -> None:
    hamlet, essay = scenarios.load("hamlet"), scenarios.load("essay")
    assert (hamlet.model, hamlet.max_tokens, hamlet.plan.pairs) == ("claude-sonnet-4-6", 400, 12)
    assert prepare(hamlet, hamlet.samples[0]).texts() == ("Summarise the plot of Hamlet in 3 bullets.",)
    assert essay.max_tokens == 600
    assert prepare(essay, essay.samples[0]).texts() == ("Write a 6-paragraph essay on focus.",)


def test_support_rules_is_the_courses_prompt_and_about_2_800_tokens() -> None:
    scenario = scenarios.load("support_rules")
    rules, question = prepare(scenario, scenario.samples[0]).texts()
    assert rules.split() == ("You are a customer support agent. Tone: warm but precise. " * 200).split()
    assert question == "How do I cancel an order?"
    assert estimate_tokens(rules, "old") == pytest.approx(2_800, rel=0.03)
    assert scenario.traffic.per_minute == 4


def test_a_file_of_the_same_name_comes_before_a_bundled_one(desk: Path) -> None:
    Path("hamlet").write_text(GOOD, "utf-8")
    assert scenarios.load("hamlet").name == "Support desk"


def test_a_folder_of_the_same_name_does_not_hide_a_bundled_scenario(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for somebody who stands in the folder of the scenarios, where `tickets` has a folder of its files."""
    (desk / "tickets").mkdir()
    monkeypatch.chdir(desk)
    assert scenarios.load("tickets").name == "Support tickets"


@pytest.mark.parametrize("metric", ["ttft", "tpot", "tpot_visible"])
def test_a_metric_of_streamed_calls_alone_cannot_decide(desk: Path, metric: str) -> None:
    (desk / "s.toml").write_text(GOOD.replace('primary = "cost_usd"', f'primary = "{metric}"'), "utf-8")
    with pytest.raises(ScenarioError, match=rf"key 'plan\.primary': {metric} exists only where both variants stream"):
        scenarios.load(str(desk / "s.toml"))
