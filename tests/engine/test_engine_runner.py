"""One experiment on a scripted backend in fake time: design, bookkeeping, and figures exact to the digit."""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pytest

from optlab.backends.scripted import Reply, Script, ScriptedBackend
from optlab.catalogue import load
from optlab.core.errors import BadRequestError, OptlabError, RefusedError, UnreachableError
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, ErrorKind, RunRecord
from optlab.core.report import Report
from optlab.core.request import Request
from optlab.core.run_events import (
    BudgetReached,
    CallFinished,
    CallStarted,
    ComparisonUpdated,
    ExperimentFinished,
    ExperimentStarted,
    RunFinished,
    RunsSetAside,
    TextDelta,
)
from optlab.core.scenario import Plan, Sample, Scenario
from optlab.core.usage import Terms, Usage
from optlab.engine.control import Control
from optlab.engine.pricing import Pricer
from optlab.engine.runner import run

BASE = Variant("baseline")
STREAM = Variant("streaming", (LeverChoice("streaming"),))
CUT = Variant("max_tokens", (LeverChoice("max_tokens", {"cap": 50}),))
CACHE = Variant("caching", (LeverChoice("caching", {"ttl": "5m"}),))
SMALL = Variant("smaller_model", (LeverChoice("smaller_model"),))


def scenario(samples: int = 1, *, system: bool = True, **plan: Any) -> Scenario:
    rules = (Segment("rules", "system", "Be brief."),) if system else ()
    return Scenario(
        name="Test",
        model="claude-sonnet-4-6",
        max_tokens=100,
        prompt=Prompt((*rules, Segment("question", "user", "Explain {word}."))),
        samples=tuple(Sample(f"s{i}", {"word": f"w{i}"}) for i in range(samples)),
        plan=Plan(**plan),
    )


def experiment(*variants: Variant, samples: int = 1, system: bool = True, **more: Any) -> Experiment:
    given: dict[str, Any] = {
        "scenario": scenario(samples, system=system),
        "variants": variants or (BASE, STREAM),
        "primary": "first_visible",
        "primary_reason": "a test",
        "pairs": 4,
        "alpha": 0.05,
    }
    return Experiment(**(given | more))


def arm(request: Request) -> str:
    """Which variant a request belongs to."""
    if request.breakpoints:
        return "caching"
    if request.model != "claude-sonnet-4-6":
        return "smaller_model"
    if request.max_tokens == 50:
        return "max_tokens"
    return "streaming" if request.stream else "baseline"


def steady(request: Request, n: int) -> Reply:
    """Every answer takes 4 s, its text comes after 1, 2 and 3 s: 9 tokens over 8 letters."""
    return Reply(((1.0, "ab"), (2.0, "cd"), (3.0, "efgh")), 4.0, Usage(input_tokens=10, output_tokens=9))


def failing(kind: ErrorKind, retry_after_s: float | None = None) -> Reply:
    return Reply((), 2.0, Usage(), "", CallError(kind, f"told to fail: {kind}", None, retry_after_s))


class Outcome:
    """All that came of a run."""

    def __init__(self, backend: ScriptedBackend) -> None:
        self.backend = backend
        self.events: list[Event] = []
        self.error: OptlabError | None = None

    @property
    def runs(self) -> list[RunRecord]:
        return [e.run for e in self.events if isinstance(e, RunFinished)]

    @property
    def measured(self) -> list[RunRecord]:
        return [r for r in self.runs if r.phase == "measured"]

    @property
    def report(self) -> Report:
        last = self.events[-1]
        assert isinstance(last, ExperimentFinished)
        return last.report

    def caveats(self) -> set[str]:
        return {c.code for c in self.report.caveats}


async def carry_out(
    wanted: Experiment,
    script: Script = steady,
    *,
    run_id: str = "run",
    fresh: bool = True,
    live: bool = False,
    control: Control | None = None,
    watch: Callable[[Event, Control], None] | None = None,
) -> Outcome:
    backend = ScriptedBackend(script)
    outcome, control = Outcome(backend), control or Control()
    info = msgspec.structs.replace(await backend.open(), fresh=fresh)
    try:
        async for event in run(wanted, backend, info, Pricer(), run_id=run_id, control=control, live=live):
            outcome.events.append(event)
            if watch:
                watch(event, control)
    except OptlabError as error:
        outcome.error = error
        assert "\n" not in str(error)
    return outcome


def in_turn(**latencies: Sequence[float]) -> Script:
    """Each variant's calls take these seconds, one after the other, the warm-up first."""
    left = {name: iter(values) for name, values in latencies.items()}
    return lambda request, n: Reply(((0.5, "ok"),), next(left[arm(request)]))


def figures(report: Report, variant: int = 0) -> Any:
    return report.variants[variant].metrics


# The design: pairs, order, samples, warm-up.


async def test_both_calls_of_a_pair_ask_the_same_one_after_the_other() -> None:
    outcome = await carry_out(experiment(BASE, STREAM, samples=3, pairs=7))
    measured = outcome.measured
    assert len(measured) == 14
    for number, (one, other) in enumerate(zip(measured[::2], measured[1::2], strict=True)):
        assert one.pair == other.pair == number
        assert one.sample == other.sample
        assert {one.variant, other.variant} == {"baseline", "streaming"}
    sent = [(arm(r), r.messages[0].blocks[0].text) for r in outcome.backend.requests[2:]]
    assert sent == [(r.variant, f"Explain w{r.sample[1:]}.") for r in measured]


@pytest.mark.parametrize("samples", [1, 3, 5])
async def test_every_sample_once_before_any_twice(samples: int) -> None:
    outcome = await carry_out(experiment(samples=samples, pairs=2 * samples + 1))
    asked = [r.sample for r in outcome.measured[::2]]
    everyone = {f"s{i}" for i in range(samples)}
    assert set(asked[:samples]) == set(asked[samples : 2 * samples]) == everyone
    assert max(Counter(asked).values()) == 3


async def order_of(seed: int, pairs: int = 20) -> list[str]:
    outcome = await carry_out(experiment(samples=5, pairs=pairs, seed=seed))
    return [f"{r.sample}:{r.variant}" for r in outcome.measured]


async def test_order_inside_a_pair_is_a_seeded_coin() -> None:
    drawn = await order_of(1)
    first = Counter(entry.split(":")[1] for entry in drawn[::2])
    assert set(first) == {"baseline", "streaming"}
    assert 4 <= first["baseline"] <= 16, "twenty tosses of a fair coin"
    assert await order_of(1) == drawn
    assert await order_of(2) != drawn


async def test_order_is_independent_of_the_number_of_pairs() -> None:
    """More pairs continue a run; they do not draw another one."""
    assert (await order_of(1))[:16] == await order_of(1, pairs=8)


async def test_one_warm_up_an_arm_before_everything_kept_out_of_figures_but_in_the_bill() -> None:
    script = in_turn(baseline=[100.0, 4.0, 4.0], streaming=[50.0, 2.0, 2.0])
    outcome = await carry_out(experiment(pairs=2), script)
    assert [(r.phase, r.variant) for r in outcome.runs[:2]] == [("cold", "baseline"), ("cold", "streaming")]
    assert [r.phase for r in outcome.runs[2:]] == ["measured"] * 4
    report = outcome.report
    assert [v.runs for v in report.variants] == [2, 2]
    assert [figures(report, i)["e2e"].max for i in range(2)] == [4.0, 2.0]
    assert [v.cold and v.cold.e2e_s for v in report.variants] == [100.0, 50.0]
    one = (10 * 3 + 5 * 15) / 1e6
    assert [v.cost.total_usd for v in report.variants] == [pytest.approx(3 * one)] * 2
    assert [v.usage for v in report.variants] == [Usage(30, 15)] * 2
    assert report.cost_usd == pytest.approx(6 * one)


async def test_events_tell_the_run_in_order() -> None:
    outcome = await carry_out(experiment(pairs=3))
    kinds = [type(e) for e in outcome.events]
    assert kinds[0] is ExperimentStarted
    assert kinds[-1] is ExperimentFinished
    counted = Counter(kinds)
    assert (counted[CallStarted], counted[CallFinished], counted[RunFinished]) == (8, 8, 8)
    assert counted[ComparisonUpdated] == 3
    assert counted[TextDelta] == 0, "nobody watches"
    steps = [k for k in kinds if k in (CallStarted, CallFinished, RunFinished)]
    assert steps == [CallStarted, CallFinished, RunFinished] * 8
    spent = [e.spent_usd for e in outcome.events if isinstance(e, RunFinished)]
    assert spent == sorted(spent)
    assert spent[-1] == outcome.report.cost_usd
    ids = [r.id for r in outcome.runs]
    assert len(set(ids)) == len(ids)
    assert all(i.startswith("run.") for i in ids)


async def test_text_is_told_while_somebody_watches() -> None:
    outcome = await carry_out(experiment(pairs=1), live=True)
    told = [e for e in outcome.events if isinstance(e, TextDelta) and e.variant == "streaming"]
    assert [(e.at_s, e.text) for e in told[:3]] == [(1.0, "ab"), (2.0, "cd"), (3.0, "efgh")]
    assert "".join(e.text for e in told) == "abcdefgh" * 2


async def test_whoever_listens_is_done_before_the_next_call() -> None:
    """What a listener does with an event may not fall into the time of the call behind it."""
    dealt_with: list[int] = []

    def watch(event: Event, control: Control) -> None:
        if isinstance(event, RunFinished):
            dealt_with.append(1)

    def script(request: Request, n: int) -> Reply:
        assert len(dealt_with) == n
        return steady(request, n)

    outcome = await carry_out(experiment(pairs=3), script, watch=watch)
    assert len(dealt_with) == 8
    assert outcome.error is None


# Figures.


async def test_exact_figures_of_every_metric() -> None:
    report = (await carry_out(experiment(pairs=6))).report
    base, stream = figures(report, 0), figures(report, 1)
    assert (base["e2e"].p50, base["first_visible"].p50) == (4.0, 4.0)
    assert "ttft" not in base
    assert "tpot_visible" not in base
    assert (stream["e2e"].p50, stream["first_visible"].p50, stream["ttft"].p50) == (4.0, 1.0, 1.0)
    assert stream["tpot"].p50 == (4.0 - 1.0) / 8
    # 9 tokens over 8 letters: a quarter of them came with the first piece.
    assert stream["tpot_visible"].p50 == (3.0 - 1.0) / (9 - 9 * 2 / 8)
    assert stream["cost_usd"].p50 == pytest.approx((10 * 3 + 9 * 15) / 1e6, rel=1e-12)
    compared = {c.metric: c for c in report.comparisons}
    assert set(compared) == {"first_visible", "e2e", "cost_usd"}
    first = compared["first_visible"]
    assert first.estimate == pytest.approx(0.75, abs=1e-12)
    assert (first.won, first.seen) == (6, 6)
    assert compared["e2e"].estimate == 0.0
    assert (report.pairs, report.status, report.primary, report.seed) == (6, "finished", "first_visible", 0)
    assert (report.provenance, report.sim_speed, report.floor_ms) == ("simulated", 1.0, 0.0)


async def test_exact_quantiles_of_scripted_latencies() -> None:
    script = in_turn(baseline=[99.0, 8.0, 1.0, 2.0, 32.0, 4.0, 16.0], streaming=[99.0, *itertools.repeat(3.0, 6)])
    base = figures((await carry_out(experiment(pairs=6), script)).report)["e2e"]
    assert (base.n, base.p50, base.max, base.mean) == (6, 6.0, 32.0, 63.0 / 6)
    assert (base.p50_interval.low, base.p50_interval.high) == (1.0, 32.0)
    assert base.p90 is None
    assert base.p90_interval.high is None


async def test_twelve_clear_pairs_are_a_verdict() -> None:
    """A quarter of the waiting time twelve times out of twelve; streaming cannot change the text."""
    outcome = await carry_out(experiment(pairs=12))
    (card,) = outcome.report.cards
    assert card.primary.verdict == "better"
    assert card.variant == "streaming"
    assert card.spent_usd == outcome.report.cost_usd
    assert "p90_open" in outcome.caveats()


async def test_a_slower_candidate_is_worse() -> None:
    script = in_turn(baseline=itertools.repeat(1.0), max_tokens=itertools.repeat(2.0))  # type: ignore[arg-type]
    outcome = await carry_out(experiment(BASE, CUT, primary="e2e", pairs=12), script)
    (card,) = outcome.report.cards
    assert card.primary.verdict == "worse"
    assert card.primary.estimate == pytest.approx(-1.0, abs=1e-12)
    assert card.verdict.value == "ROLL BACK"


async def test_same_seed_same_report_to_the_digit() -> None:
    def noisy(request: Request, n: int) -> Reply:
        return Reply(((0.1 + n % 7 / 10, "ok"), (0.9, "yes")), 1 + n % 5 / 3, Usage(10, 5 + n % 4))

    wanted = experiment(BASE, STREAM, CUT, samples=4, pairs=15, seed=9)
    one, other = [(await carry_out(wanted, noisy, run_id=i)).report for i in ("one", "other")]
    assert one != other
    assert msgspec.structs.replace(one, run_id="") == msgspec.structs.replace(other, run_id="")


async def test_a_a_finds_nothing_where_nothing_is() -> None:
    outcome = await carry_out(experiment(BASE, Variant("baseline again"), primary="e2e", is_aa=True, pairs=20))
    (card,) = outcome.report.cards
    assert card.primary.verdict not in ("better", "worse")
    assert card.primary.estimate == 0.0
    assert (card.primary.won, card.primary.seen) == (0, 20)
    assert card.verdict.value not in ("ADOPT", "ROLL BACK")
    assert Counter(r.variant for r in outcome.measured) == {"baseline": 20, "baseline again": 20}


async def test_several_candidates_share_each_block() -> None:
    outcome = await carry_out(experiment(BASE, STREAM, CUT, SMALL, samples=2, pairs=9, seed=4, alpha=0.05 / 3))
    measured = outcome.measured
    blocks = [measured[i : i + 4] for i in range(0, 36, 4)]
    for number, block in enumerate(blocks):
        assert {r.variant for r in block} == {"baseline", "streaming", "max_tokens", "smaller_model"}
        assert {(r.pair, r.sample) for r in block} == {(number, block[0].sample)}
    assert len({tuple(r.variant for r in block) for block in blocks}) > 3, "the order is drawn for every block"
    report = outcome.report
    assert [c.variant for c in report.cards] == ["streaming", "max_tokens", "smaller_model"]
    assert [v.model for v in report.variants] == ["claude-sonnet-4-6"] * 3 + ["claude-haiku-4-5-20251001"]
    assert [r.variant for r in outcome.runs[:4]] == ["baseline", "streaming", "max_tokens", "smaller_model"]


async def test_a_baseline_alone_is_measured_and_judges_nobody() -> None:
    report = (await carry_out(experiment(BASE, primary="e2e"))).report
    assert (report.cards, report.comparisons, report.pairs) == ((), (), 4)
    assert figures(report)["e2e"].p50 == 4.0


async def test_early_stop_ends_a_clear_case_and_only_on_request() -> None:
    wanted = experiment(pairs=24, early_stop=True)
    stopped = (await carry_out(wanted)).report
    assert stopped.status == "decided"
    assert 6 <= stopped.pairs < 24
    assert stopped.cards[0].primary.verdict == "better"
    full = (await carry_out(msgspec.structs.replace(wanted, early_stop=False))).report
    assert (full.status, full.pairs) == ("finished", 24)


async def test_early_stop_goes_on_while_one_candidate_is_open() -> None:
    """`max_tokens` can change the text, and no check says whether it does: it is never settled."""
    report = (await carry_out(experiment(BASE, STREAM, CUT, pairs=15, early_stop=True))).report
    assert (report.status, report.pairs) == ("finished", 15)


# Salts.


def salts(outcome: Outcome) -> dict[str, set[str]]:
    """What stands in front of the system prompt, by arm."""
    found: dict[str, set[str]] = {}
    for request in outcome.backend.requests:
        found.setdefault(arm(request), set()).add(request.system[0].text.removesuffix("Be brief."))
    return found


async def test_no_salt_where_nothing_is_cached() -> None:
    assert salts(await carry_out(experiment(BASE, STREAM))) == {"baseline": {""}, "streaming": {""}}


async def test_salts_in_every_arm_where_one_caches() -> None:
    found = salts(await carry_out(experiment(BASE, CACHE, SMALL, primary="cost_usd")))
    assert all(len(values) == 1 for values in found.values()), "one for all calls of an arm"
    drawn = [values.pop() for values in found.values()]
    assert len(set(drawn)) == 3
    assert {len(s) for s in drawn} == {13}
    assert all(s[:12].isalpha() and s[12] == " " for s in drawn)


async def test_salts_follow_the_seed_on_a_fresh_server_and_the_run_on_any_other() -> None:
    async def drawn(seed: int, run_id: str, fresh: bool) -> dict[str, set[str]]:
        wanted = experiment(BASE, CACHE, primary="cost_usd", seed=seed, pairs=1)
        return salts(await carry_out(wanted, run_id=run_id, fresh=fresh))

    fresh = await drawn(1, "a", True)
    assert await drawn(1, "b", True) == fresh
    assert await drawn(2, "a", True) != fresh
    used = await drawn(1, "a", False)
    assert await drawn(1, "b", False) != used, "a server that was there before may remember the last run"


async def test_without_a_system_prompt_the_salt_goes_to_the_question() -> None:
    outcome = await carry_out(experiment(BASE, CACHE, system=False, primary="cost_usd", pairs=1))
    texts = {r.messages[0].blocks[0].text for r in outcome.backend.requests}
    assert len(texts) == 2
    assert all(t[13:] == "Explain w0." for t in texts)


# What fails.


async def test_failures_are_kept_as_infinite_and_counted() -> None:
    calls = Counter[str]()

    def script(request: Request, n: int) -> Reply:
        calls[arm(request)] += 1
        # The second, fourth and sixth call behind the warm-up fail: three of seven.
        if arm(request) == "streaming" and calls["streaming"] in (3, 5, 7):
            return msgspec.structs.replace(
                steady(request, n), error=CallError("server", "told to fail", 500), usage=Usage(10, 0)
            )
        return steady(request, n)

    outcome = await carry_out(experiment(pairs=7), script)
    report = outcome.report
    assert [(v.runs, v.errors) for v in report.variants] == [(7, 0), (7, 3)]
    failed = figures(report, 1)
    assert (failed["first_visible"].max, failed["e2e"].mean, failed["ttft"].max) == ("inf", "inf", "inf")
    assert failed["first_visible"].p50 == 1.0, "four good ones of seven"
    assert failed["first_visible"].p50_interval.high is None
    assert (failed["tpot"].n, failed["tpot"].max) == (7, "inf"), "never dropped, in no latency"
    compared = {c.metric: c for c in report.comparisons}
    assert (compared["first_visible"].seen, compared["first_visible"].won) == (7, 4)
    assert "failed" in outcome.caveats()
    assert report.variants[1].usage == Usage(80, 45), "their tokens are paid for"
    assert sum(r.failed for r in outcome.runs) == 3


async def test_a_broken_stream_is_infinite_even_though_text_had_arrived() -> None:
    def script(request: Request, n: int) -> Reply:
        broken = CallError("broken_stream", "the stream ended without message_stop")
        good = steady(request, n)
        return msgspec.structs.replace(good, error=broken) if n > 1 and request.stream else good

    outcome = await carry_out(experiment(pairs=6), script)
    assert {r.answer for r in outcome.measured} == {"abcdefgh"}
    metrics = figures(outcome.report, 1)
    assert {metrics[name].p50 for name in ("first_visible", "ttft", "e2e")} == {"inf"}
    assert outcome.report.cards[0].primary.verdict == "worse"


async def test_three_blocks_that_fail_altogether_end_the_run() -> None:
    outcome = await carry_out(
        experiment(pairs=20, scenario=scenario(attempts=1)),
        lambda request, n: steady(request, n) if n < 4 else failing("overloaded"),
    )
    failure = outcome.report.failure
    assert failure is not None and failure.error == "unreachable"
    assert "told to fail: overloaded" in failure.sentence
    assert len(outcome.backend.requests) == 2 + 2 + 6
    assert len(outcome.runs) == 10, "what was finished has been told"
    assert (outcome.report.status, outcome.report.pairs) == ("failed", 4)
    assert failure.sentence in {c.code: c.sentence for c in outcome.report.caveats}["failed"]


async def test_blocks_that_fail_in_part_or_not_in_a_row_do_not_end_the_run() -> None:
    def script(request: Request, n: int) -> Reply:
        block = (n - 2) // 2
        bad = block >= 0 and (block % 3 < 2 or request.stream)
        return failing("server") if bad else steady(request, n)

    outcome = await carry_out(experiment(pairs=9, scenario=scenario(attempts=1)), script)
    assert outcome.error is None
    assert outcome.report.pairs == 9
    assert [v.errors for v in outcome.report.variants] == [6, 9]


@pytest.mark.parametrize(
    ("kind", "error", "words", "attempts"),
    [
        ("auth", RefusedError, "credential", 1),
        ("billing", RefusedError, "balance", 1),
        ("bad_request", BadRequestError, "change the scenario or lever", 1),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
async def test_a_failing_warm_up_ends_the_run_with_the_right_word(
    kind: ErrorKind, error: type[OptlabError], words: str, attempts: int, which: int
) -> None:
    """What cannot mend itself is tried once."""
    outcome = await carry_out(experiment(), lambda request, n: failing(kind) if n >= which else steady(request, n))
    assert type(outcome.error) is error
    assert words in str(outcome.error)
    assert repr(["baseline", "streaming"][which]) in str(outcome.error)
    assert len(outcome.backend.requests) == which + attempts, "nothing is sent behind it"


@pytest.mark.parametrize("kind", ["server", "connection", "timeout"])
async def test_a_server_that_answers_no_warm_up_ends_the_run(kind: ErrorKind) -> None:
    """What may pass is tried three times; then every other arm is asked once, for it may be one arm's fault."""
    outcome = await carry_out(experiment(BASE, STREAM, CUT), lambda request, n: failing(kind))
    assert isinstance(outcome.error, UnreachableError)
    assert "'baseline'" in str(outcome.error) and "try again later" in str(outcome.error)
    assert [arm(r) for r in outcome.backend.requests] == ["baseline"] * 3 + ["streaming", "max_tokens"]


@pytest.mark.parametrize("primary", ["first_visible", "cost_usd"])
async def test_an_arm_that_never_answers_is_rolled_back(primary: str) -> None:
    """Whichever metric decides: calls that fail are no cheaper than their partners, and still no improvement."""
    wanted = experiment(scenario=scenario(attempts=1), pairs=10, primary=primary)
    outcome = await carry_out(wanted, lambda request, n: failing("server") if request.stream else steady(request, n))
    report = outcome.report
    assert (report.status, [v.errors for v in report.variants]) == ("finished", [0, 10])
    (card,) = report.cards
    assert card.verdict.value == "ROLL BACK"
    assert "10 runs failed where the baseline answered" in card.reason
    assert report.variants[1].cold is not None and report.variants[1].cold.e2e_s == "inf"


async def test_a_baseline_that_never_answers_does_not_end_the_run_either() -> None:
    wanted = experiment(scenario=scenario(attempts=1), pairs=10)
    outcome = await carry_out(wanted, lambda request, n: steady(request, n) if request.stream else failing("server"))
    assert [v.errors for v in outcome.report.variants] == [10, 0]
    assert outcome.report.cards[0].primary.verdict == "better"


async def test_a_warm_up_that_works_the_second_time_is_enough() -> None:
    outcome = await carry_out(
        experiment(pairs=1), lambda request, n: failing("overloaded") if n == 0 else steady(request, n)
    )
    assert outcome.error is None
    assert [r.phase for r in outcome.runs] == ["cold"] * 3 + ["measured"] * 2
    assert [v.errors for v in outcome.report.variants] == [0, 0]


async def test_no_two_runs_share_an_id() -> None:
    """Warm-ups and pairs that are made again, for a quota and for an overload."""
    bad = {0: "overloaded", 3: "rate_limit", 4: "server", 8: "rate_limit"}
    outcome = await carry_out(
        experiment(),
        lambda request, n: failing(bad[n]) if n in bad else steady(request, n),  # type: ignore[arg-type]
    )
    assert outcome.error is None
    ids = [r.id for r in outcome.runs]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("kind", ["auth", "billing"])
async def test_a_credential_that_ends_in_the_middle_ends_the_run(kind: ErrorKind) -> None:
    outcome = await carry_out(experiment(), lambda request, n: failing(kind) if n == 5 else steady(request, n))
    failure = outcome.report.failure
    assert failure is not None and failure.error == "refused"
    assert len(outcome.backend.requests) == 6
    assert len(outcome.runs) == 6
    assert (outcome.report.status, outcome.report.pairs) == ("failed", 1), "the pair before it is reported"
    paid = sum(v.cost.total_usd for v in outcome.report.variants)
    assert paid == pytest.approx(outcome.report.cost_usd), "half a pair is in the bill"


async def test_a_price_that_runs_out_in_mid_run_ends_it_with_what_was_measured() -> None:
    """Fast mode of Opus 4.8 has a price until its last day; the sixth call is answered after it."""
    opus = msgspec.structs.replace(scenario(), model="claude-opus-4-8")
    fast = msgspec.structs.replace
    until = load().get("claude-opus-4-8").prices.fast_mode
    assert until is not None and until.until is not None
    backend = ScriptedBackend(lambda request, n: fast(steady(request, n), terms=Terms(fast=True)))
    last_day = datetime.fromisoformat(f"{until.until}T23:59:30+00:00")
    backend.clock.time_s = (last_day - backend.clock.utc()).total_seconds() + 9.0
    wanted, info = experiment(scenario=opus, pairs=10), await backend.open()
    events = [event async for event in run(wanted, backend, info, Pricer(), run_id="r")]
    last = events[-1]
    assert isinstance(last, ExperimentFinished)
    report = last.report
    assert (report.status, report.pairs) == ("failed", 2)
    assert report.failure is not None and "has a fast-mode price until" in report.failure.sentence
    assert report.unknown_usd > 0, "the call without a price is taken at its most"
    billed = sum(v.cost.total_usd for v in report.variants)
    assert billed + report.unknown_usd == pytest.approx(report.cost_usd)
    kept = [e.run for e in events if isinstance(e, RunFinished)]
    assert len(kept) == len(backend.requests) and kept[-1].phase == "set aside"


async def test_the_bill_of_a_broken_stream_is_told_apart() -> None:
    """Nobody knows what a stream that broke off was billed: what it is taken at stands apart, and all adds up."""

    def script(request: Request, n: int) -> Reply:
        broken = CallError("broken_stream", "the stream ended without message_stop")
        good = steady(request, n)
        return msgspec.structs.replace(good, error=broken, usage=Usage(10, 1)) if n == 4 else good

    report = (await carry_out(experiment(pairs=4), script)).report
    billed = sum(v.cost.total_usd for v in report.variants)
    assert report.unknown_usd > 0
    assert billed + report.unknown_usd == pytest.approx(report.cost_usd)
    assert (await carry_out(experiment(pairs=4))).report.unknown_usd == 0.0


async def test_a_bad_request_in_the_middle_is_one_failure() -> None:
    outcome = await carry_out(experiment(), lambda request, n: failing("bad_request") if n == 5 else steady(request, n))
    assert outcome.error is None
    assert sum(v.errors for v in outcome.report.variants) == 1


# Quota.


async def test_a_quota_sets_the_whole_pair_aside_and_makes_it_again() -> None:
    asked_at: list[float] = []

    def script(request: Request, n: int) -> Reply:
        asked_at.append(backend_time())
        return failing("rate_limit", 7.5) if n == 5 else steady(request, n)

    backend_time: Callable[[], float] = lambda: holder[0].clock.now()  # noqa: E731
    holder: list[ScriptedBackend] = []
    backend = ScriptedBackend(script)
    holder.append(backend)
    events = [e async for e in run(experiment(pairs=3), backend, await backend.open(), Pricer(), run_id="r")]
    last = events[-1]
    assert isinstance(last, ExperimentFinished)
    report = last.report
    runs = [e.run for e in events if isinstance(e, RunFinished)]
    assert len(backend.requests) == 2 + 6 + 2
    # Calls 4 and 5 are the second pair; 5 is refused after its 2 s; 6 and 7 are the same pair again, 7.5 s later.
    assert [arm(r) for r in backend.requests[6:8]] == [arm(r) for r in backend.requests[4:6]]
    assert asked_at[6] - asked_at[5] == 2.0 + 7.5
    assert [r.pair for r in runs[2:]] == [0, 0, 1, 1, 1, 1, 2, 2]
    (aside,) = [e for e in events if isinstance(e, RunsSetAside)]
    assert (aside.pair, aside.runs) == (1, (runs[4].id,)), "the good half of the spoilt pair, told before as measured"
    assert [r.phase for r in runs[4:6]] == ["measured", "set aside"]
    assert events.index(aside) < next(
        n for n, e in enumerate(events) if isinstance(e, RunFinished) and e.run is runs[6]
    )
    assert [v.runs for v in report.variants] == [3, 3]
    assert [v.errors for v in report.variants] == [0, 0]
    assert figures(report, 0)["e2e"].max == 4.0
    assert "quota" in {c.code for c in report.caveats}
    assert report.cost_usd == pytest.approx(9 * (10 * 3 + 9 * 15) / 1e6), "what was set aside is paid for"


@pytest.mark.parametrize(("refusals", "uneven"), [(5, False), (6, True)])
async def test_quotas_that_refuse_one_arm_only_are_told_as_uneven(refusals: int, uneven: bool) -> None:
    """McNemar's exact test on the arms' counts: 2 / 2^6 = 0.03."""
    left = [refusals]

    def script(request: Request, n: int) -> Reply:
        if n >= 2 and request.stream and left[0] and n % 3 == 0:
            left[0] -= 1
            return failing("rate_limit", 1.0)
        return steady(request, n)

    outcome = await carry_out(experiment(pairs=30), script)
    (words,) = [c.sentence for c in outcome.report.caveats if c.code == "quota"]
    told = (
        f"a quota refused {refusals} calls ({refusals} by streaming); {refusals} pairs were set aside for it and made"
    )
    assert words.startswith(told)
    assert ("streaming and the baseline are refused too unevenly for chance" in words) is uneven
    assert ("that is no more uneven than chance" in words) is not uneven


async def test_a_pair_refused_twice_is_one_pair_and_a_warm_up_is_none() -> None:
    def quota(at: set[int]) -> Callable[[Request, int], Reply]:
        return lambda request, n: failing("rate_limit", 1.0) if n in at else steady(request, n)

    for refused, words in (
        ({2, 3}, "a quota refused 2 calls ({}); 1 pair was set aside for it and made again; that is no more uneven"),
        ({0}, "a quota refused 1 call ({}); that is no more uneven"),
    ):
        outcome = await carry_out(experiment(pairs=2), quota(refused))
        (said,) = [c.sentence for c in outcome.report.caveats if c.code == "quota"]
        assert re.match(re.escape(words).replace(r"\{\}", "[^)]*"), said), said


async def test_a_refused_first_half_sends_no_second_half() -> None:
    outcome = await carry_out(
        experiment(pairs=1), lambda request, n: failing("rate_limit", 1.0) if n == 2 else steady(request, n)
    )
    assert len(outcome.backend.requests) == 2 + 1 + 2
    assert outcome.report.pairs == 1


async def test_without_retry_after_waits_double_and_end() -> None:
    asked_at: list[float] = []
    backend = ScriptedBackend(lambda request, n: _noted(n))

    def _noted(n: int) -> Reply:
        asked_at.append(backend.clock.now())
        return failing("rate_limit") if n >= 2 else Reply()

    events: list[Event] = []
    with pytest.raises(UnreachableError, match="refused the same call 6 times for quota") as error:
        async for event in run(experiment(), backend, await backend.open(), Pricer(), run_id="r"):
            events.append(event)  # noqa: PERF401 - what came before the error matters
    assert "\n" not in str(error.value)
    assert len(backend.requests) == 2 + 6
    waited = [later - earlier - 2.0 for earlier, later in itertools.pairwise(asked_at[2:])]
    assert waited == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert sum(isinstance(e, RunFinished) for e in events) == 8


async def test_nobody_waits_for_a_call_that_is_not_made() -> None:
    backend = ScriptedBackend(lambda request, n: failing("rate_limit") if n >= 2 else Reply())
    with pytest.raises(UnreachableError):
        async for _ in run(experiment(), backend, await backend.open(), Pricer(), run_id="r"):
            pass
    assert backend.clock.now() == 2 * 1.0 + 6 * 2.0 + (1 + 2 + 4 + 8 + 16)


async def test_a_quota_at_the_warm_up_is_waited_for() -> None:
    outcome = await carry_out(
        experiment(pairs=1), lambda request, n: failing("rate_limit", 3.0) if n == 0 else steady(request, n)
    )
    assert outcome.report.status == "finished"
    assert [r.phase for r in outcome.runs] == ["set aside", "cold", "cold", "measured", "measured"]
    cold = outcome.report.variants[0].cold
    assert cold is not None
    assert cold.e2e_s == 4.0


# Money.


def greedy(request: Request, n: int) -> Reply:
    """Every answer reaches its cap, and every byte of the prompt is a token: as dear as a call can be."""
    prompt = sum(len(t.encode()) for t in request.texts()) + FRAME
    return Reply(((0.5, "ok"),), 1.0, Usage(cache_write_1h_tokens=prompt, output_tokens=request.max_tokens))


PROMPT_BYTES = len("Be brief.") + len("Explain w0.")
FRAME = 7
"""Tokens that the API adds to every prompt of Sonnet 4.6."""
DEAREST = ((PROMPT_BYTES + FRAME) * 6 + 100 * 15) / 1e6


@pytest.mark.parametrize("calls", [2, 3, 4, 7])
async def test_the_call_that_would_cross_the_budget_is_never_sent(calls: int) -> None:
    cap = (calls + 0.5) * DEAREST
    outcome = await carry_out(experiment(BASE, STREAM, pairs=10, budget_usd=cap), greedy)
    assert len(outcome.backend.requests) == calls
    report = outcome.report
    assert report.status == "budget"
    assert report.cost_usd == pytest.approx(calls * DEAREST, rel=1e-12)
    assert report.cost_usd <= cap
    assert report.pairs == (calls - 2) // 2, "half a pair compares nothing"
    (told,) = [e for e in outcome.events if isinstance(e, BudgetReached)]
    assert (told.spent_usd, told.budget_usd) == (report.cost_usd, cap)
    assert "was not made" in told.sentence
    assert len(outcome.runs) == calls, "every call made was told"


async def test_a_budget_exactly_large_enough_is_enough() -> None:
    outcome = await carry_out(experiment(pairs=1, budget_usd=4 * DEAREST + 1e-12), greedy)
    assert outcome.report.status == "finished"


async def test_a_budget_too_small_for_anything_sends_nothing() -> None:
    outcome = await carry_out(experiment(budget_usd=0.9 * DEAREST), greedy)
    assert outcome.backend.requests == []
    assert (outcome.report.status, outcome.report.pairs, outcome.report.cost_usd) == ("budget", 0, 0.0)
    assert outcome.report.cards == ()


async def test_no_budget_no_end() -> None:
    assert (await carry_out(experiment(budget_usd=None), greedy)).report.status == "finished"


async def test_a_thin_prompt_does_not_hide_how_dense_another_was() -> None:
    """Prompts of 4,000 bytes: one of 4,000 tokens, one of 400. The dense one is warmed up with, so it has been seen."""
    long = Scenario(
        name="Test",
        model="claude-sonnet-4-6",
        max_tokens=1,
        prompt=Prompt((Segment("question", "user", "{word}"),)),
        samples=(Sample("s0", {"word": "0" * 4000}), Sample("s1", {"word": "1" * 4000})),
    )

    def script(request: Request, n: int) -> Reply:
        is_dense = request.messages[0].blocks[0].text[0] == "0"
        return Reply(usage=Usage(cache_write_1h_tokens=4000 if is_dense else 400, output_tokens=1))

    for seed in range(6):
        cap = 0.12 + seed * 0.004
        wanted = experiment(BASE, scenario=long, primary="e2e", pairs=20, budget_usd=cap, seed=seed)
        report = (await carry_out(wanted, script)).report
        assert report.status == "budget"
        assert report.cost_usd <= cap, f"seed {seed}"


# The user's hand on it.


@pytest.mark.parametrize(("during", "pairs"), [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (7, 3)])
async def test_cancel_keeps_what_was_done(during: int, pairs: int) -> None:
    """Cancelled while call n is in flight: it is the last one, and half a pair compares nothing."""
    control = Control()

    def script(request: Request, n: int) -> Reply:
        if n == during:
            control.cancel()
        return steady(request, n)

    outcome = await carry_out(experiment(pairs=10), script, control=control)
    assert outcome.report.status == "cancelled"
    assert outcome.report.pairs == pairs
    assert [v.runs for v in outcome.report.variants] == [pairs, pairs]
    assert len(outcome.backend.requests) == len(outcome.runs) == during + 1
    assert outcome.report.cost_usd == pytest.approx((during + 1) * (10 * 3 + 9 * 15) / 1e6)


async def test_cancelled_before_the_first_call() -> None:
    control = Control()
    control.cancel()
    outcome = await carry_out(experiment(), control=control)
    assert outcome.backend.requests == []
    assert (outcome.report.status, outcome.report.pairs) == ("cancelled", 0)


async def test_cancelled_between_two_calls() -> None:
    def watch(event: Event, control: Control) -> None:
        if isinstance(event, RunFinished) and event.run.phase == "measured":
            control.cancel()

    outcome = await carry_out(experiment(pairs=10), watch=watch)
    assert len(outcome.backend.requests) == 3


async def test_cancel_while_waiting_for_a_quota() -> None:
    def watch(event: Event, control: Control) -> None:
        if isinstance(event, RunFinished) and event.run.failed:
            control.cancel()

    outcome = await carry_out(
        experiment(), lambda request, n: failing("rate_limit", 5.0) if n == 4 else steady(request, n), watch=watch
    )
    assert outcome.report.status == "cancelled"
    assert outcome.report.pairs == 1


def test_a_listener_is_called_when_the_user_cancels() -> None:
    control, told = Control(), []
    control.when_cancelled(lambda: told.append("now"))
    assert (told, control.cancelled) == ([], False)
    control.cancel()
    assert (told, control.cancelled) == (["now"], True)


async def test_whoever_stops_listening_stops_the_run() -> None:
    backend = ScriptedBackend(steady)
    events = run(experiment(pairs=50), backend, await backend.open(), Pricer(), run_id="r")
    async for event in events:
        if isinstance(event, RunFinished):
            break
    await events.aclose()  # type: ignore[attr-defined]
    assert len(backend.requests) <= 2
