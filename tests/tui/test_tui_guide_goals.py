"""Goals of the exercises on what a real worker told: what reaches them, what falls short, what is kept of them."""

import json
import typing
from pathlib import Path

import msgspec
import pytest
from guide_script import advice, after, benchmark, end, given, heard, recorded, with_card

from optlab.core import commands
from optlab.core.advice_report import Symptom
from optlab.core.events import Failed
from optlab.core.record import Provenance
from optlab.core.run_events import ExperimentFinished
from optlab.core.study_events import CascadeStudied, CeilingMeasured, CutsFound, StageFinished
from optlab.core.verdict import CardWord
from optlab.engine import scenarios
from optlab.levers import complete
from optlab.studies.advice import PAIRS
from optlab.studies.symptoms import TABLE
from optlab.tui.desk import Desk
from optlab.tui.guide.course import Course, attend, better, taken_back
from optlab.tui.guide.exercise import Look
from optlab.tui.guide.exercises import EXERCISES
from optlab.tui.guide.kept import read, write
from optlab.tui.guide.page import exercise_sheet, symptom_sheet
from optlab.tui.guide.symptoms import WITHOUT, pulled, row_of

STAGE = next(event for event in recorded() if isinstance(event, StageFinished))


def desk(source: str, *levers: str) -> Desk:
    found = Desk(source).loaded(scenarios.load(source))
    for name in levers:
        found = found.with_lever(msgspec.structs.replace(found.lever(name), on=True))
    return found


@pytest.mark.parametrize(
    "event, ticked",
    [
        (STAGE, {"baseline"}),
        (advice(), set()),
        (benchmark("caching"), {"cache_prefix", "one_thing"}),
        (end("cascade"), {"cascade"}),
        (end("trim"), {"trim_third"}),
        (benchmark("streaming"), {"stream", "one_thing"}),
        (end("ceiling"), {"cap"}),
        (benchmark("smaller_model"), {"one_thing"}),
        (benchmark("max_tokens"), {"one_thing"}),
    ],
    ids=lambda value: ",".join(sorted(value)) if isinstance(value, set) else type(value).__name__,
)
def test_what_was_recorded_of_an_exercise_reaches_its_goal_and_no_other(event: object, ticked: set[str]) -> None:
    course = after(event)  # type: ignore[arg-type]
    assert set(course.ticks) == ticked
    for name in ticked:
        tick = course.ticks[name]
        assert (
            tick.provenance is Provenance.SIMULATED and tick.sim_speed == 200 and tick.run_id and tick.at[:3] == "202"
        )
        assert tick.figures and course.moments[name]


def test_a_tick_says_what_the_figures_were() -> None:
    ticks = after(*recorded()).ticks
    assert any("p90: at least" in words and "n = 12" in words for words in ticks["baseline"].figures)
    assert any("of calls read the cache" in words for words in ticks["cache_prefix"].figures)
    assert any("escalate (" in words for words in ticks["cascade"].figures)
    assert any("tokens become" in words for words in ticks["trim_third"].figures)
    assert any(words.startswith("Whole answer, p50 of 12 pairs") for words in ticks["stream"].figures)


def test_a_card_that_says_something_else_is_no_goal() -> None:
    unsure = with_card(benchmark("caching"), verdict=CardWord.NOT_YET_KNOWN, needs="12 more pairs")
    course = after(unsure)
    assert course.ticks == {}
    assert "NOT YET KNOWN" in course.looks["cache_prefix"].missing
    assert "12 more pairs" in course.looks["one_thing"].missing
    noise = after(with_card(benchmark("streaming"), verdict=CardWord.NOISE))
    assert set(noise.ticks) == {"one_thing"}, "a final word is a final word"


def test_a_cache_that_nobody_read_is_no_goal() -> None:
    found = benchmark("caching").report
    cold = msgspec.structs.replace(
        found.variants[1], cache=msgspec.structs.replace(found.variants[1].cache, hit_rate=0.0)
    )
    course = after(ExperimentFinished(msgspec.structs.replace(found, variants=(found.variants[0], cold))))
    assert "cache_prefix" not in course.ticks and "long enough" in course.looks["cache_prefix"].missing


def test_two_levers_at_once_are_no_single_thing() -> None:
    found = benchmark("caching").report
    both = msgspec.structs.replace(found.variants[1], levers=("caching:ttl=5m", "streaming"))
    course = after(ExperimentFinished(msgspec.structs.replace(found, variants=(found.variants[0], both))))
    # guide_script names the command by the first lever; the report alone decides
    assert course.ticks == {} and course.looks == {}


def test_less_than_a_third_or_unverified_is_no_goal() -> None:
    found = end("trim")
    assert isinstance(found, CutsFound)
    report = found.report
    less = msgspec.structs.replace(report.saving, tokens_after=round(report.saving.tokens_before * 0.7))
    for changed, words in (
        (msgspec.structs.replace(report, saving=less), "Less than a third"),
        (msgspec.structs.replace(report, verified=False), "not verified"),
    ):
        course = after(msgspec.structs.replace(found, report=changed))
        assert course.ticks == {} and words in course.looks["trim_third"].missing


def test_a_cascade_without_an_item_and_a_limit_that_is_not_proven_are_no_goals() -> None:
    cascade, ceiling = end("cascade"), end("ceiling")
    assert isinstance(cascade, CascadeStudied) and isinstance(ceiling, CeilingMeasured) and ceiling.report
    none = msgspec.structs.replace(cascade.report.figures, n=0)
    course = after(msgspec.structs.replace(cascade, report=msgspec.structs.replace(cascade.report, figures=none)))
    assert course.ticks == {} and course.looks["cascade"].missing
    few = msgspec.structs.replace(ceiling.report, recommended=None)
    assert after(msgspec.structs.replace(ceiling, report=few)).ticks == {}
    assert after(msgspec.structs.replace(ceiling, report=None)).looks["cap"].missing


def test_u_reaches_its_goal_only_where_it_takes_back_what_was_judged() -> None:
    judged, loaded = desk("essay", "max_tokens"), desk("essay")
    ran = heard(benchmark("max_tokens"), judged.benchmark())
    course = attend(Course(), ran)
    assert "press u" in course.looks["roll_back"].missing
    other = desk("essay", "streaming")
    assert "roll_back" not in taken_back(course, other, loaded, to_adopted=False).ticks
    assert "roll_back" not in taken_back(course, judged, judged, to_adopted=False).ticks
    assert "roll_back" not in taken_back(Course(), judged, loaded, to_adopted=False).ticks
    back = taken_back(course, judged, loaded, to_adopted=False)
    assert back.ticks["roll_back"].figures[-1] == "u took it back to the scenario as loaded."
    adopted = taken_back(course, judged, other, to_adopted=True)
    assert adopted.ticks["roll_back"].figures[-1] == "u took it back to the last adopted state."


def test_a_run_shown_again_from_the_history_is_no_measurement() -> None:
    shown = attend(Course(), heard(benchmark("caching"), commands.ShowRun("last")))
    assert shown == Course()


def look(kind: Provenance, at: str) -> Look:
    return Look("r1", "S", at, kind, 1.0, ("figures",))


def test_the_first_tick_stays_and_the_real_api_goes_before_a_simulation() -> None:
    first, later = look(Provenance.SIMULATED, "2026-11-20"), look(Provenance.SIMULATED, "2026-11-21")
    real = look(Provenance.MEASURED, "2026-11-22")
    assert better({"cap": first}, {"cap": later}) == {"cap": first}
    assert better({"cap": first}, {"cap": real}) == {"cap": real}
    assert better({"cap": real}, {"cap": later}) == {"cap": real}


def test_ticks_survive_on_disk_privately_and_beside_those_of_another_lab(tmp_path: Path) -> None:
    path = tmp_path / "state" / "guide.json"
    ticks = after(*recorded()).ticks
    write(path, {"cap": ticks["cap"]})
    write(path, {"stream": ticks["stream"]})
    assert read(path) == {"cap": ticks["cap"], "stream": ticks["stream"]}
    assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["guide.json"]


def test_a_damaged_file_loses_only_what_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "guide.json"
    ticks = after(*recorded()).ticks
    write(path, ticks)
    whole = json.loads(path.read_bytes())
    whole["cap"] = {"run_id": 7}
    whole["no such exercise"] = whole["stream"]
    path.write_text(json.dumps(whole))
    assert set(read(path)) == set(ticks) - {"cap"}
    for damaged in (b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b'{"cap": null}'):
        path.write_bytes(damaged)
        assert read(path) == {}
    assert read(tmp_path / "nowhere") == {} and read(tmp_path) == {}


def test_the_table_without_a_measurement_has_the_rows_of_the_measured_one() -> None:
    assert tuple(WITHOUT) == typing.get_args(Symptom)
    report = advice().report
    assert report is not None and tuple(row.symptom for row in report.rows) == tuple(WITHOUT)
    assert len(TABLE) == len(WITHOUT) and PAIRS == 12, "asks and the first exercise say twelve"


def test_a_row_pulls_its_lever_alone_with_the_parameters_it_suggests() -> None:
    report = advice().report
    here = desk("hamlet", "streaming")
    row = row_of(report, "easy questions")
    assert row is not None and row.lever == "cascade"
    then = pulled(here, row.lever, msgspec.structs.replace(row, command="optlab run x --lever cascade:threshold=70"))
    assert [setting.name for setting in then.pulled] == ["cascade"]
    assert then.lever("cascade").params["threshold"] == "70"
    assert pulled(here, "cascade", msgspec.structs.replace(row, command="optlab run x --lever")).pulled
    assert here.pulled[0].name == "streaming", "the desk itself is a value"


def test_advice_belongs_to_its_scenario_and_is_due_again_after_a_benchmark() -> None:
    asked = commands.AdviseOnRun("last", scenario="hamlet")
    hamlet, essay = desk("hamlet"), desk("essay")
    course = attend(Course(), heard(given(), asked))
    assert course.advice_on(hamlet) == advice().report and course.advice_on(essay) is None
    assert not course.due(hamlet) and course.due(essay)
    course = attend(course, heard(benchmark("streaming"), essay.benchmark()))
    assert course.due(hamlet)
    failed = attend(
        course,
        heard(Failed("usage", "the history has no run of essay"), commands.AdviseOnRun("last", scenario="essay")),
    )
    assert failed.problem_on(essay) == "the history has no run of essay" and not failed.due(essay)


def test_a_page_says_measured_or_assumed_and_where_it_comes_from() -> None:
    hamlet = desk("hamlet")
    nothing = str(symptom_sheet("somebody waits", Course(), hamlet))
    assert "What is looked at" in nothing and "r measures" in nothing
    course = attend(Course(), heard(given(), commands.AdviseOnRun("last", scenario="hamlet")))
    page = str(symptom_sheet("somebody waits", course, hamlet))
    assert "Applies here" in page and "SIMULATED at speed 200" in page and "n = 12 answers" in page
    assert "* assumed, not measured here" in page
    for exercise in EXERCISES:
        fresh = str(exercise_sheet(exercise, Course()))
        assert "Not reached yet" in fresh and "What was found" not in fresh and exercise.rule in fresh
    ticked = str(exercise_sheet(EXERCISES[0], after(STAGE)))
    assert "✓ Reached · SIMULATED at speed 200" in ticked and "What was found" in ticked


def test_exercises_are_about_bundled_scenarios_and_levers_that_there_are() -> None:
    for exercise in EXERCISES:
        there = desk(exercise.scenario)
        assert there.scenario is not None
        for lever in exercise.levers:
            assert complete(pulled(there, lever).lever(lever).choice, there.scenario)
        assert (exercise.study is None) == (exercise.kind == "benchmark") == bool(exercise.levers)
        assert 3 <= len(exercise.todo) <= 5
    assert len({exercise.name for exercise in EXERCISES}) == len(EXERCISES) == 8
