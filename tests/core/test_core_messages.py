"""Every command and event survives its line of JSON, and nothing else is taken for one."""

import string
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optlab.core import commands, events, plan_events
from optlab.core.commands import Cancel, Command, Connection, Consent, RunBenchmark
from optlab.core.events import Connected, Event, Failed, HistoryListed, WorkerReady, ends
from optlab.core.experiment import LeverChoice
from optlab.core.plan_events import ExperimentPlanned
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import Provenance
from optlab.core.run_events import TextDelta

LAW = settings(deadline=None, derandomize=True, max_examples=25)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


def values(kind: msgspec.inspect.Type) -> st.SearchStrategy[Any]:
    """Values of a type that msgspec knows, as its own inspection describes it."""
    inspect = msgspec.inspect
    match kind:
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(-(2**53), 2**53)
        case inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case inspect.StrType():
            return TEXTS
        case inspect.NoneType():
            return st.none()
        case inspect.AnyType():
            return JSON_VALUES
        case inspect.LiteralType(values=choices):
            return st.sampled_from(list(choices))
        case inspect.EnumType(cls=enum):
            return st.sampled_from(list(enum))
        case inspect.VarTupleType(item_type=item):
            return st.lists(values(item), max_size=2).map(tuple)
        case inspect.TupleType(item_types=types):
            return st.tuples(*(values(one) for one in types))
        case inspect.DictType(key_type=key, value_type=value):
            return st.dictionaries(values(key), values(value), max_size=2)
        case inspect.UnionType(types=types):
            return st.one_of(*(values(one) for one in types))
        case inspect.StructType(cls=cls, fields=fields):
            return st.fixed_dictionaries({f.name: values(f.type) for f in fields}).map(lambda given: cls(**given))
    raise AssertionError(f"no strategy for {kind}")


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
@LAW
@given(data=st.data())
def test_every_event_survives_its_line(kind: type, data: st.DataObject) -> None:
    event = data.draw(values(msgspec.inspect.type_info(kind)))
    line = events.encode(event)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert events.decode(line) == event
    assert type(events.decode(line)) is kind


@pytest.mark.parametrize("kind", get_args(Command), ids=lambda kind: kind.__name__)
@LAW
@given(data=st.data())
def test_every_command_survives_its_line(kind: type, data: st.DataObject) -> None:
    command = data.draw(values(msgspec.inspect.type_info(kind)))
    line = commands.encode(command)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert commands.decode(line) == command
    assert type(commands.decode(line)) is kind


@pytest.mark.parametrize("union, field", [(Event, "event"), (Command, "command")])
def test_tags_are_unique_snake_case_names_of_their_types(union: Any, field: str) -> None:
    tags = {}
    for kind in get_args(union):
        config = kind.__struct_config__
        assert config.tag_field == field
        assert config.frozen
        tags[config.tag] = kind
        assert config.tag.replace("_", "") == kind.__name__.lower()
        assert set(config.tag) <= set(string.ascii_lowercase + "_")
    assert len(tags) == len(get_args(union))


def test_lines_are_as_other_programs_read_them() -> None:
    assert commands.encode(Consent(True)) == b'{"command":"consent","given":true}\n'
    assert events.encode(WorkerReady("0.1.0", 7)) == b'{"event":"worker_ready","version":"0.1.0","pid":7}\n'
    told = events.encode(TextDelta("r.1", "baseline", 0.25, "Hi\n", "text"))
    assert told == b'{"event":"text_delta","run":"r.1","variant":"baseline","at_s":0.25,"text":"Hi\\n","kind":"text"}\n'


def test_a_command_says_only_what_it_must() -> None:
    assert commands.decode(b'{"command":"run_benchmark","scenario":"hamlet"}') == RunBenchmark("hamlet")
    assert RunBenchmark("hamlet").connection == Connection("auto", 1.0, 0)
    full = RunBenchmark(
        "hamlet",
        prompt=Prompt((Segment("q", "user", "Why?", on=False),)),
        levers=(LeverChoice("max_tokens", {"cap": 120}), LeverChoice("caching", {"ttl": "1h"})),
        pairs=40,
        primary="e2e",
        budget_usd=0.25,
    )
    assert commands.decode(commands.encode(full)) == full


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"command":"consent"}',
        b'{"command":"consent","given":"yes"}',
        b'{"command":"explode"}',
        b'{"command":"run_benchmark","scenario":"x","primary":"speed"}',
        b'{"command":"connect","connection":{"backend":"moon"}}',
        b'{"command":"cancel"} trailing',
        b"\xff",
    ],
)
def test_anything_else_is_no_command(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        commands.decode(line)


@pytest.mark.parametrize("line", [b"", b'{"event":"call_finished"}', b'{"event":"nothing"}', b'"worker_ready"'])
def test_anything_else_is_no_event(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        events.decode(line)


def test_a_command_is_no_event_and_an_event_no_command() -> None:
    with pytest.raises(msgspec.DecodeError):
        events.decode(commands.encode(Cancel()))
    with pytest.raises(msgspec.DecodeError):
        commands.decode(events.encode(Failed("usage", "no")))


def planned(*, dry: bool) -> ExperimentPlanned:
    return ExperimentPlanned(
        run_id="r",
        scenario="s",
        model="m",
        variants=("baseline",),
        pairs=1,
        primary="e2e",
        primary_reason="asked for",
        provenance=Provenance.SIMULATED,
        why_backend="no credential",
        sim_speed=1.0,
        server="http://127.0.0.1:1",
        estimate=plan_events.Estimate(2, 0.0, 0.1, None),
        budget_usd=None,
        needs_consent=False,
        dry=dry,
    )


def test_a_command_ends_with_what_answers_it() -> None:
    assert ends(planned(dry=True))
    assert not ends(planned(dry=False))
    assert ends(Failed("worker", "broke"))
    assert ends(HistoryListed(()))
    assert ends(Connected(Provenance.MEASURED, 1.0, "api", "a credential", True))
    assert not ends(WorkerReady("0", 1))
    assert not ends(TextDelta("r", "v", 0.0, "x", "text"))


def test_which_events_end_a_command() -> None:
    """A new event must be sorted into one of the two kinds on purpose."""
    by_name = {kind.__name__ for kind in get_args(Event)}
    ending = {"Connected", "ScenarioLoaded", "ExperimentFinished", "HistoryListed", "Failed"}
    ending |= {"ScenariosListed", "PricesListed", "TokensCounted", "DaysListed"}
    ending |= {"CacheMeasured", "CacheDiagnosed", "CachePlanned"}
    ending |= {"CascadeStudied", "OutcomesRead", "CutTested", "CutsFound", "HeatMapped"}
    ending |= {"CeilingFound", "CeilingMeasured", "ScreenFinished", "AdviceGiven", "AdviceMeasured"}
    going_on = {"WorkerReady", "ExperimentPlanned", "ExperimentStarted", "CallStarted", "TextDelta", "CallFinished"}
    going_on |= {"RunFinished", "RunsSetAside", "AnswerJudged", "BatchSeen"}
    going_on |= {"ComparisonUpdated", "BudgetReached", "CutTried", "HeatProgress"}
    going_on |= {"StudyPlanned", "StageStarted", "StageFinished", "RunPaused", "RunResumed"}
    assert by_name == ending | going_on
