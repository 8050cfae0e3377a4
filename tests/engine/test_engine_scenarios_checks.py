"""Checks in scenario files: every kind is read strictly, schemas come from files, judges are looked at as a whole."""

import json
from pathlib import Path

import pytest

from optlab.checks import CHECKS
from optlab.core.errors import ScenarioError
from optlab.core.scenario import CheckSpec
from optlab.engine import scenarios

HEAD = """name = "S"
model = "claude-sonnet-4-6"
max_tokens = 100

[[segment]]
name = "q"
where = "user"
text = "{question}"

[[sample]]
id = "one"
question = "Why?"

[[sample]]
id = "two"
question = "When?"

"""
GOOD = {
    "contains": 'all = ["x"]',
    "equals": 'value = "x"',
    "regex": 'pattern = "x"',
    "numeric": "value = 4\ntolerance = 0.5",
    "json_schema": 'schema = {type = "object"}',
    "fields": "expected = {a = 1}",
    "similarity": 'reference = "x"\nat_least = 0.5',
    "length": "max = 3",
    "judge": 'model = "claude-opus-4-8"\nrubric = "Is it right?"',
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schema.json").write_text('{"type": "object", "required": ["a"]}', "utf-8")
    (tmp_path / "list.json").write_text("[1]", "utf-8")
    (tmp_path / "broken.json").write_text("{", "utf-8")
    return tmp_path


def load(checks: str) -> tuple[CheckSpec, ...]:
    """The checks of the first sample of a scenario with these lines behind its head."""
    Path("s.toml").write_text(HEAD + checks, "utf-8")
    return scenarios.load("s.toml").samples[0].checks


def complaint(checks: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(checks)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_kind_can_be_written() -> None:
    assert set(GOOD) == {*(check.kind for check in CHECKS), "judge"}
    for kind, lines in GOOD.items():
        (spec,) = load(f'[[check]]\nkind = "{kind}"\n{lines}\n')
        assert spec.kind == kind and spec.settings


def test_a_schema_from_a_file_is_read_once() -> None:
    (spec,) = load('[[check]]\nkind = "json_schema"\nfile = "schema.json"\n')
    Path("schema.json").unlink()
    assert spec == CheckSpec("json_schema", {"schema": {"type": "object", "required": ["a"]}})


def test_a_schema_as_tables() -> None:
    tables = '[check.schema]\ntype = "object"\n[check.schema.properties.a]\nminimum = 1\n'
    (spec,) = load(f'[[check]]\nkind = "json_schema"\n{tables}')
    assert spec.settings == {"schema": {"type": "object", "properties": {"a": {"minimum": 1}}}}


def test_a_schema_in_a_line_of_samples() -> None:
    check = {"kind": "json_schema", "file": "schema.json"}
    Path("more.jsonl").write_text(json.dumps({"id": "three", "question": "Who?", "check": [check]}), "utf-8")
    Path("s.toml").write_text(HEAD + '[samples]\nfile = "more.jsonl"\n', "utf-8")
    assert scenarios.load("s.toml").samples[2].checks[0].settings["schema"]["required"] == ["a"]


LABELS = 'labels = [{answer = "a", pass = true}, {answer = "b", pass = false, sample = "two"}]'


def test_labels_of_a_judge() -> None:
    (spec,) = load(f'[[check]]\nkind = "judge"\n{GOOD["judge"]}\n{LABELS}\n')
    assert [label["pass"] for label in spec.settings["labels"]] == [True, False]
    (tables,) = load(
        f'[[check]]\nkind = "judge"\n{GOOD["judge"]}\n'
        '[[check.labels]]\nanswer = "a"\npass = true\n[[check.labels]]\nanswer = "b"\npass = false\nsample = "two"\n'
    )
    assert tables == spec


@pytest.mark.parametrize(
    "lines, words",
    [
        ('kind = "numeric"', "line 18, key 'check[0].value': this key is missing"),
        ('kind = "numeric"\nvalue = "4"', "line 20, key 'check[0].value': expected a number, got text"),
        ('kind = "numeric"\nvalue = nan', "line 18, key 'check[0]': `value` must be a finite number"),
        ('kind = "numeric"\nvalue = 4\ntolerence = 1', "line 21, key 'check[0].tolerence': optlab knows no such key"),
        (
            'kind = "numeric"\nvalue = 4\nwhich = "second"',
            "line 21, key 'check[0].which': invalid enum value 'second'",
        ),
        (
            'kind = "json_schema"\nschema = {type = "objekt"}',
            "line 18, key 'check[0]': `schema.type` is no JSON Schema: 'objekt' is not valid",
        ),
        (
            'kind = "json_schema"\nschema = {}\nfile = "schema.json"',
            "line 18, key 'check[0]': a json_schema check needs exactly one of `schema` (a table) and `file` (a name)",
        ),
        ('kind = "json_schema"', "line 18, key 'check[0].schema': this key is missing"),
        ('kind = "json_schema"\nfile = "list.json"', "line 18, key 'check[0].schema': expected a table, got a list"),
        ('kind = "json_schema"\nfile = "broken.json"', "line 20, key 'check[0].file': 'broken.json' is no JSON ("),
        ('kind = "json_schema"\nfile = "none.json"', "line 20, key 'check[0].file': 'none.json' is missing"),
        ('kind = "json_schema"\nfile = "../s.json"', "line 20, key 'check[0].file': '../s.json' lies outside"),
        (
            'kind = "fields"\nexpected = {day = 2026-01-05}',
            "line 18, key 'check[0]': `expected.day` is no text, number, true or false; write dates as text",
        ),
        ('kind = "similarity"\nreference = ""', "line 18, key 'check[0]': a similarity check needs a `reference`"),
        ('kind = "length"', "line 18, key 'check[0]': a length check needs `min` or `max`"),
        ('kind = "judge"\nrubric = "r"', "line 18, key 'check[0].model': this key is missing"),
        (
            f'kind = "judge"\n{GOOD["judge"]}\nlabels = [{{answer = "a", pass = true}}]',
            "line 18, key 'check[0]': `labels` need answers that pass and answers that do not, of each at least one",
        ),
        (
            f'kind = "judge"\n{GOOD["judge"]}\n[[check.labels]]\nanswer = "a"\n',
            "line 22, key 'check[0].labels[0].pass': this key is missing",
        ),
        (
            f'kind = "judge"\n{GOOD["judge"]}\n{LABELS.replace("two", "three")}',
            "line 22, key 'check[0].labels': a label names the sample 'three', which is not there",
        ),
        (
            f'kind = "judge"\n{GOOD["judge"]}\n[[check]]\nkind = "judge"\n{GOOD["judge"]}',
            "line 22, key 'check[1]': the sample 'one' has 2 judges; let one judge with one rubric",
        ),
    ],
)
def test_a_broken_check_is_refused_in_one_sentence(lines: str, words: str) -> None:
    assert complaint(f"[[check]]\n{lines}\n").startswith(f"s.toml, {words}")


def test_a_judge_in_a_samples_file_is_complained_of_there() -> None:
    label = {"answer": "a", "pass": True, "sample": "nobody"}
    judge = {"kind": "judge", "model": "m", "rubric": "r", "labels": [label, {"answer": "b", "pass": False}]}
    Path("more.jsonl").write_text("\n" + json.dumps({"id": "three", "question": "Who?", "check": [judge]}), "utf-8")
    words = "more.jsonl, line 2, key 'check[0].labels': a label names the sample 'nobody', which is not there"
    assert complaint('[samples]\nfile = "more.jsonl"\n') == words


def test_the_bundled_scenarios_have_enough_items_for_a_verdict() -> None:
    tickets, invoices = scenarios.load("tickets"), scenarios.load("invoices")
    assert len(tickets.samples) >= 40 and len(invoices.samples) >= 30
    assert {check.kind for sample in tickets.samples for check in sample.checks} == {"equals"}
    assert all([c.kind for c in sample.checks] == ["json_schema", "fields"] for sample in invoices.samples)
    for scenario in (tickets, invoices):
        assert scenario.plan.pairs == len(scenario.samples), "every item once"
        asked = [tuple(sorted(sample.variables.items())) for sample in scenario.samples]
        assert len(set(asked)) == len(asked)


def test_no_ticket_stands_among_its_own_examples() -> None:
    tickets = scenarios.load("tickets")
    shown = " ".join(segment.text for segment in tickets.prompt.segments)
    assert not [s.id for s in tickets.samples if s.variables["ticket"] in shown]


def test_what_is_expected_of_an_invoice_stands_in_it() -> None:
    for sample in scenarios.load("invoices").samples:
        expected = sample.checks[1].settings["expected"]
        assert expected["invoice_number"] in sample.variables["invoice"]
        assert f"{expected['total']:,.2f}" in sample.variables["invoice"]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ('kind = "contains"', "a contains check needs `all`, `any` or `none`"),
        ('kind = "length"', "a length check needs `min` or `max`"),
        ('kind = "numeric"\nvalue = "x"', "expected a number, got text"),
    ],
)
def test_a_complaint_keeps_its_marks_around_keys_and_spells_types(check: str, words: str) -> None:
    assert words in complaint(f"[[check]]\n{check}\n")
