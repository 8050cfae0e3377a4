"""The decision table: every symptom there, gone and unknown, its saving by arithmetic, and the lever to begin with."""

import math
from pathlib import Path
from typing import Any

import msgspec
import pytest

from optlab.catalogue import Cost
from optlab.core.advice_report import AdviceReport, AdviceRow
from optlab.core.commands import Advise, AdviseOnRun, Connection
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallRecord, CheckResult, Provenance, RunRecord
from optlab.core.report import Report
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.usage import Usage
from optlab.engine.pricing import Pricer
from optlab.history import Store
from optlab.studies.advice import AdviceStudy, advice_on_run, advise, smaller_choice
from optlab.studies.benchmark import BASELINE
from optlab.studies.evidence import Earlier, Evidence
from optlab.studies.symptoms import changes

SONNET, HAIKU = "claude-sonnet-4-6", "claude-haiku-4-5-20251001"
RULES = "Answer every question of a customer in a friendly way and keep to the rules of the house. " * 120


def scenario(
    *, rules: str = "Be brief.", items: int = 10, checked: bool = True, model: str = SONNET, **plan: Any
) -> Scenario:
    checks = (CheckSpec("equals", {"value": "right"}),) if checked else ()
    prompt = Prompt((Segment("rules", "system", rules), Segment("question", "user", "{q}")))
    samples = tuple(Sample(f"s{i}", {"q": f"Question {i}?"}, checks) for i in range(items))
    return Scenario("Desk", model, 400, prompt, samples, plan=Plan(**plan), source="desk.toml")


def runs(
    *, n: int = 10, right: int = 10, seconds: float = 4.0, usd: float = 0.003, written: int = 100,
    prompt: int = 50, variant: Variant = BASELINE, streamed: bool = False, checked: bool = True,
) -> tuple[RunRecord, ...]:  # fmt: skip
    def one(i: int) -> RunRecord:
        call = CallRecord(
            f"c{variant.name}{i}", SONNET, streamed, 0.0, seconds, Provenance.SIMULATED, text="x",
            usage=Usage(prompt, written), stop_reason="end_turn", cost=Cost(output_usd=usd),
        )  # fmt: skip
        checks = (CheckResult("equals", float(i < right)),) if checked else ()
        return RunRecord(
            f"{variant.name}{i}", variant.name, f"s{i}", i, "measured", "2026-12-01", (call,), "x", seconds,
            0.5 if streamed else seconds, stop_reason="end_turn", checks=checks,
        )  # fmt: skip

    return tuple(one(i) for i in range(n))


def evidence(of: Scenario | None = None, **more: Any) -> Evidence:
    whole: dict[str, Any] = {
        "scenario": of or scenario(), "target": "desk", "runs": runs(), "pricer": Pricer(), "rate_per_minute": None,
        "patience_s": 10.0, "high_usd": 1.0, "small_model": HAIKU,
    }  # fmt: skip
    return Evidence(**(whole | more))


def table(of: Evidence) -> AdviceReport:
    return advise(of, Provenance.SIMULATED, 1.0, "r1")


def row(of: Evidence, symptom: str) -> AdviceRow:
    return next(r for r in table(of).rows if r.symptom == symptom)


def figure(of: AdviceRow, name: str) -> float:
    return next(q.value for q in of.quantities if q.name == name)


def test_a_long_stable_prefix_saves_by_the_multiplier_at_the_declared_rate() -> None:
    found = row(evidence(scenario(rules=RULES), runs=runs(prompt=2100), rate_per_minute=0.1), "stable prefix")
    prefix, hits = figure(found, "prefix"), 1 - math.exp(-0.1 * 60)
    assert 2000 < prefix < 2100, "the measured tokens, but for the question"
    assert found.holds == "yes"
    assert found.saving_usd == pytest.approx(prefix * 3e-6 * (1 - (0.1 * hits + 2 * (1 - hits))))
    assert found.command == "optlab run desk --lever caching:ttl=1h --rate 0.1"
    busy = row(evidence(scenario(rules=RULES), runs=runs(prompt=2100), rate_per_minute=10.0), "stable prefix")
    assert busy.command == "optlab run desk --lever caching:ttl=5m --rate 10"
    rare = row(evidence(scenario(rules=RULES), runs=runs(prompt=2100), rate_per_minute=0.005), "stable prefix")
    assert rare.holds == "no", "one call in 200 minutes: nothing is ever read"
    assert rare.saving_usd is not None and rare.saving_usd < 0


def test_what_is_below_the_minimum_is_not_cached_and_an_unknown_rate_is_not_guessed() -> None:
    short = row(evidence(runs=runs(prompt=50), rate_per_minute=10.0), "stable prefix")
    assert (short.holds, short.saving_usd) == ("no", None)
    assert figure(short, "minimum") == 1024
    haiku = scenario(rules=RULES, model=HAIKU)
    assert row(evidence(haiku, runs=runs(prompt=2100), rate_per_minute=10.0), "stable prefix").holds == "no"
    unknown = row(evidence(scenario(rules=RULES), runs=runs(prompt=2100)), "stable prefix")
    assert (unknown.holds, unknown.saving_usd) == ("not measured", None)
    assert "--rate" in unknown.why


def test_the_breakpoint_stands_where_the_stable_prefix_ends() -> None:
    """Old turns are stable behind a short system prompt, where an automatic breakpoint would mark too little."""
    long = scenario()
    rules, question = long.prompt.segments
    turns = (Segment("old asked", "history", RULES, "user"), Segment("old said", "history", "Yes.", "assistant"))
    chat = msgspec.structs.replace(long, prompt=Prompt((rules, *turns, question)))
    found = row(evidence(chat, runs=runs(prompt=2100), rate_per_minute=1.0), "stable prefix")
    assert found.holds == "yes"
    assert found.command == "optlab run desk --lever 'caching:ttl=1h,at=old said' --rate 1"
    plain = row(evidence(scenario(rules=RULES), runs=runs(prompt=2100), rate_per_minute=1.0), "stable prefix")
    assert plain.command == "optlab run desk --lever caching:ttl=1h --rate 1"


def test_with_one_sample_only_what_stands_before_the_question_is_stable() -> None:
    one = row(evidence(scenario(rules=RULES, items=1), runs=runs(prompt=2100), rate_per_minute=1.0), "stable prefix")
    many = row(evidence(scenario(rules=RULES), runs=runs(prompt=2100), rate_per_minute=1.0), "stable prefix")
    assert figure(one, "prefix") == pytest.approx(figure(many, "prefix"), rel=0.01)
    assert figure(one, "prefix") < 2100


def test_a_cascade_is_reckoned_from_measured_bills_and_answers() -> None:
    small = Variant("smaller_model")
    of = evidence(runs=runs(usd=0.01), small=runs(right=8, usd=0.002, variant=small))
    found = row(of, "easy questions")
    judge = (50 + 100 + 100) * 1e-6 + 5 * 5e-6
    assert (found.holds, found.lever) == ("yes", "cascade")
    assert found.saving_usd == pytest.approx(0.01 - (0.002 + judge + 0.2 * 0.01))
    assert figure(found, "break_even") == pytest.approx(1 - (0.002 + judge) / 0.01)
    assert {q.name for q in found.quantities if q.assumed} == {"judge", "break_even"}
    hard = row(evidence(runs=runs(usd=0.01), small=runs(right=1, usd=0.002, variant=small)), "easy questions")
    assert hard.holds == "no"


def test_a_small_model_as_good_needs_no_judge() -> None:
    many = scenario(items=80, quality_margin=0.1)
    small = runs(n=80, right=80, usd=0.001, variant=Variant("smaller_model"))
    found = row(evidence(many, runs=runs(n=80, right=80), small=small), "easy questions")
    assert (found.holds, found.lever, found.saving_usd) == ("yes", "smaller_model", pytest.approx(0.002))
    assert "excluded" in found.why and figure(found, "margin") == 0.1


def test_twelve_right_answers_do_not_prove_a_small_model_as_good() -> None:
    """None wrong of twelve allows one in four; a cascade is what that calls for."""
    small = runs(n=12, right=12, usd=0.001, variant=Variant("smaller_model"))
    of = evidence(scenario(items=12, quality_margin=0.1), runs=runs(n=12, right=12, usd=0.01), small=small)
    found = row(of, "easy questions")
    assert (found.holds, found.lever) == ("yes", "cascade")
    assert found.command is not None and "--lever cascade:" in found.command
    assert figure(found, "at_most") == pytest.approx(1 - 0.025 ** (1 / 12)), "exact, at none of twelve"


def test_without_checks_easy_is_assumed_and_said_so() -> None:
    of = evidence(scenario(checked=False), runs=runs(checked=False))
    found = row(of, "easy questions")
    assert (found.holds, found.blocked != "") == ("not measured", True)
    assert {q.name for q in found.quantities if q.assumed} == {"small", "judge", "escalated", "break_even"}
    assert figure(found, "escalated") == 0.2
    assert row(evidence(small_model=None), "easy questions").holds == "no"


def test_somebody_waits_for_what_is_written_behind_the_first_token() -> None:
    found = row(evidence(runs=runs(seconds=4.0, written=101)), "somebody waits")
    assert found.holds == "yes"
    assert found.saving_s == pytest.approx(100 / figure(found, "speed"))
    assert row(evidence(runs=runs(streamed=True)), "somebody waits").holds == "no"
    assert row(evidence(runs=runs(seconds=0.9)), "somebody waits").holds == "no"
    one_word = row(evidence(runs=runs(seconds=2.0, written=1)), "somebody waits")
    assert (one_word.holds, one_word.saving_s) == ("no", None)


def test_a_high_bill_matters_where_waiting_does_not() -> None:
    found = row(evidence(scenario(rules=RULES), runs=runs(usd=0.01)), "high bill")
    assert (found.holds, found.lever) == ("yes", "trim")
    assert found.saving_usd == pytest.approx(figure(found, "segment") * 3e-6)
    assert found.command == "optlab run desk --lever trim:off=rules"
    cached = row(evidence(scenario(rules=RULES), runs=runs(usd=0.01, prompt=2100), rate_per_minute=10.0), "high bill")
    assert cached.saving_usd == pytest.approx(0.1 * figure(found, "segment") * 3e-6), "cached text is nearly free"
    assert row(evidence(runs=runs(usd=0.0005)), "high bill").holds == "no"
    assert row(evidence(runs=runs(usd=0.01, seconds=20.0)), "high bill").holds == "no"
    of = scenario()
    fixed = Prompt(tuple(msgspec.structs.replace(s, trimmable=False) for s in of.prompt.segments))
    batch = row(evidence(msgspec.structs.replace(of, prompt=fixed), runs=runs(usd=0.01)), "high bill")
    assert (batch.lever, batch.saving_usd) == ("batch", pytest.approx(0.005))
    assert "nobody waits" in batch.blocked


def test_good_but_slow_wants_a_faster_model() -> None:
    small = runs(seconds=5.0, variant=Variant("smaller_model"))
    found = row(evidence(runs=runs(seconds=12.0), small=small), "good but slow")
    assert (found.holds, found.saving_s) == ("yes", pytest.approx(7.0))
    assumed = row(evidence(runs=runs(seconds=12.0)), "good but slow")
    assert assumed.saving_s is not None and assumed.saving_s > 0
    assert any(q.assumed for q in assumed.quantities)
    assert row(evidence(runs=runs(seconds=12.0, right=8)), "good but slow").holds == "no"
    assert row(evidence(runs=runs(seconds=9.0)), "good but slow").holds == "no"
    assert row(evidence(runs=runs(checked=False)), "good but slow").holds == "not measured"


def test_quality_that_fell_is_rolled_back_before_anything_else() -> None:
    before = Earlier("r0", scenario(rules="Be brief and right."), runs())
    of = evidence(runs=runs(right=3, usd=0.01), earlier=before)
    found = row(of, "quality fell")
    assert (found.holds, figure(found, "before"), figure(found, "now")) == ("yes", 10, 3)
    assert figure(found, "p") == pytest.approx(2 * 0.5**7)
    assert "segment 'rules'" in found.why and found.command == "optlab show r0"
    assert table(of).first == "quality fell"
    assert row(evidence(runs=runs(right=8), earlier=before), "quality fell").holds == "no", "two of ten may be chance"
    assert row(evidence(), "quality fell").holds == "not measured"
    same = row(
        evidence(runs=runs(right=3), earlier=msgspec.structs.replace(before, scenario=scenario())), "quality fell"
    )
    assert "nothing in the scenario changed" in same.why


def test_changes_between_two_states_are_named() -> None:
    old = scenario(rules="Old.")
    new = msgspec.structs.replace(
        scenario(rules="New.", model=HAIKU), max_tokens=100,
        prompt=Prompt((Segment("rules", "system", "New."), Segment("extra", "user", "{q}"))),
    )  # fmt: skip
    assert changes(old, new) == [
        f"the model, {SONNET} before", "max_tokens, 400 before", "segment 'rules'", "segment 'extra' is new",
        "segment 'question' is gone",
    ]  # fmt: skip
    assert changes(old, old) == []
    rules, question = old.prompt.segments
    turned = msgspec.structs.replace(old, prompt=Prompt((question, rules)))
    assert changes(old, turned) == ["the order of the segments"]
    fixed = msgspec.structs.replace(rules, trimmable=False)
    assert changes(old, msgspec.structs.replace(old, prompt=Prompt((fixed, question)))) == [], "no model sees that"


def test_the_first_lever_saves_most_and_nothing_is_in_its_way() -> None:
    long = scenario(rules=RULES)
    paid = {"runs": runs(prompt=2100, usd=0.008), "rate_per_minute": 10.0}
    assert table(evidence(long, **paid)).first == "stable prefix", "70% of the bill before a quarter of the waiting"
    waiting = scenario(rules=RULES, primary="first_visible")
    assert table(evidence(waiting, **paid)).first == "somebody waits", "the plan asks for seconds"
    unchecked = evidence(scenario(rules=RULES, checked=False), runs=runs(usd=0.008, seconds=4.0, checked=False))
    assert (row(unchecked, "high bill").saving_usd or 0) > 0.8 * 0.008, "most of the bill, were it not for checks"
    assert table(unchecked).first == "somebody waits", "what cannot be checked comes behind what can be adopted"
    nothing = evidence(runs=runs(seconds=0.5, usd=0.0001), small_model=None)
    assert table(nothing).first is None


def test_failures_are_no_reason_to_fall_over() -> None:
    broken = tuple(
        msgspec.structs.replace(run, calls=(run.calls[0], msgspec.structs.replace(run.calls[0], attempt=2)))
        for run in runs()
    )
    found = table(evidence(runs=broken))
    assert found.wait_s is None
    assert row(evidence(runs=broken), "somebody waits").holds == "not measured"


def test_a_cheaper_model_is_the_scenarios_or_the_levers_own() -> None:
    found = smaller_choice(scenario())
    assert found is not None and found.params["model"] == HAIKU
    assert smaller_choice(scenario(model=HAIKU)) is None
    named = msgspec.structs.replace(scenario(), lever_params={"smaller_model": {"model": "claude-opus-4-5-20251101"}})
    assert smaller_choice(named) is None


def test_the_small_model_is_asked_only_where_checks_can_tell() -> None:
    (checked,) = AdviceStudy(Advise("desk"), scenario()).experiments
    assert [v.name for v in checked.variants] == ["baseline", "smaller_model"]
    (unchecked,) = AdviceStudy(Advise("desk", pairs=5), scenario(checked=False)).experiments
    assert ([v.name for v in unchecked.variants], unchecked.pairs) == (["baseline"], 5)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (Advise("desk", pairs=0), "--pairs"),
        (Advise("desk", patience_s=math.inf), "--patience"),
        (Advise("desk", high_usd=0.0), "--high"),
        (Advise("desk", rate_per_minute=-1.0), "--rate"),
    ],
)
def test_numbers_that_make_no_sense_cost_nothing(command: Advise, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        AdviceStudy(command, scenario())


def kept(store: Store, run_id: str, of: Scenario, made: tuple[RunRecord, ...], baseline: Variant = BASELINE) -> None:
    plan = Experiment(of, (baseline,), "e2e", "a test", len(made), 0.05, rate_per_minute=2.0)
    store.begin(run_id, f"2026-12-01T00:00:0{run_id[-1]}", "benchmark", plan, Provenance.SIMULATED, 1.0)
    for record in made:
        store.append(run_id, msgspec.structs.replace(record, id=f"{run_id}.{record.id}"), 0.01)
    store.finish(
        Report(
            run_id, of.name, "desk", Provenance.SIMULATED, 1.0, 0, "2026-11-22", "2026-12-01", "finished", len(made),
            "e2e", 0.01, (), (), (), (),
        )
    )  # fmt: skip


def test_a_kept_run_is_compared_with_the_one_before_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "history.sqlite3")
    kept(store, "r1", scenario(rules="Old."), runs())
    kept(store, "r2", scenario(), runs(right=2))
    kept(store, "r3", msgspec.structs.replace(scenario(), name="Other"), runs(n=3))
    found = advice_on_run(AdviseOnRun("r2"), store, Pricer())
    assert (found.run_id, found.earlier, found.runs, found.source) == ("r2", "r1", 10, "desk")
    assert found.first == "quality fell"
    assert figure(found.rows[1], "minimum") == 1024
    first = advice_on_run(AdviseOnRun("r1"), store, Pricer())
    assert (first.earlier, first.rows[0].holds) == (None, "not measured")
    assert advice_on_run(AdviseOnRun("last"), store, Pricer()).scenario == "Other"
    with pytest.raises(UsageError, match="no run"):
        advice_on_run(AdviseOnRun("r9"), store, Pricer())
    with pytest.raises(UsageError, match="not of 'Hamlet"):
        advice_on_run(AdviseOnRun("r1", "hamlet"), store, Pricer())
    with pytest.raises(UsageError, match="no run of hamlet"):
        advice_on_run(AdviseOnRun("last", "hamlet"), store, Pricer())
    store.close()


def test_quality_is_held_against_the_newest_other_prompt_and_all_that_is_kept_of_it(tmp_path: Path) -> None:
    """The worse prompt run again is no yardstick, nor is a look of a few items at it."""
    store = Store(tmp_path / "history.sqlite3")
    good, worse = scenario(rules="Old."), scenario()
    kept(store, "r1", good, runs())
    kept(store, "r2", good, runs(n=2, right=2))
    kept(store, "r3", worse, runs(right=2))
    kept(store, "r4", worse, runs(right=2))
    kept(store, "r5", worse, runs(n=3, right=2))
    again = advice_on_run(AdviseOnRun("r4"), store, Pricer())
    assert (again.first, again.earlier) == ("quality fell", "r2")
    fell = again.rows[0]
    assert [figure(fell, name) for name in ("before", "now", "items")] == [10, 2, 10], "r1 counts too"
    few = advice_on_run(AdviseOnRun("r5"), store, Pricer())
    assert (few.first, figure(few.rows[0], "items")) == ("quality fell", 10), "with what is kept of the same prompt"
    store.close()


def test_a_prompt_that_never_changed_is_held_against_its_newest_run(tmp_path: Path) -> None:
    store = Store(tmp_path / "history.sqlite3")
    kept(store, "r1", scenario(), runs())
    kept(store, "r2", scenario(), runs(right=2))
    found = advice_on_run(AdviseOnRun("r2"), store, Pricer())
    assert (found.first, found.earlier) == ("quality fell", "r1")
    assert "nothing in the scenario changed" in found.rows[0].why
    store.close()


def test_a_run_without_answers_gives_no_advice(tmp_path: Path) -> None:
    store = Store(tmp_path / "history.sqlite3")
    kept(store, "r1", scenario(), ())
    with pytest.raises(UsageError, match="nothing to advise on"):
        advice_on_run(AdviseOnRun("r1"), store, Pricer())
    store.close()


def test_a_part_of_a_study_is_no_baseline(tmp_path: Path) -> None:
    """Drafts of a cascade, or calls that stream and write a cache, are not what a call costs and takes."""
    store = Store(tmp_path / "history.sqlite3")
    kept(store, "r1", scenario(), runs(), Variant("baseline", (LeverChoice("streaming"),)))
    with pytest.raises(UsageError, match="no plain baseline"):
        advice_on_run(AdviseOnRun("last"), store, Pricer())
    store.close()


def test_the_connection_of_a_command_seeds_its_run() -> None:
    (plan,) = AdviceStudy(Advise("desk", connection=Connection(seed=9)), scenario()).experiments
    assert plan.seed == 9
