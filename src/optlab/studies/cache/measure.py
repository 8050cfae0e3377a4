"""`optlab cache measure`: a cold and a warm cache as two arms in randomised pairs, their state proven by usage.

Every cold call starts with a salt of its own, so that nothing can be there for it; all warm ones share a salt, written
by the warm-up. What the usage of a call contradicts is set aside with its pair, and counted.
"""

import math
from collections.abc import Sequence

import msgspec

from optlab.core.cache_report import Arm, Expected, MeasureReport, SetAside
from optlab.core.commands import MeasureCache
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.record import RunRecord
from optlab.core.report import Caveat
from optlab.core.request import CacheTtl
from optlab.core.scenario import Scenario
from optlab.core.study import StudyKind
from optlab.core.study_events import CacheMeasured
from optlab.core.verdict import Interval
from optlab.engine.arrivals import TTL_MINUTES
from optlab.levers import complete, stacked
from optlab.stats import (
    cache_hit_rate_poisson,
    confidence_sequence,
    decide,
    hodges_lehmann,
    log_ratios,
    quantile,
    quantile_interval,
    smallest_saving,
    spread,
)
from optlab.studies.benchmark import arrival_rate
from optlab.studies.cache.prefixes import prefix_of
from optlab.studies.study import Lab

COLD, WARM = "cold", "warm"


class CacheMeasurement:
    """The study of one command on one scenario. Raises UsageError where it makes no sense."""

    def __init__(self, command: MeasureCache, scenario: Scenario) -> None:
        self._scenario = scenario
        chosen = LeverChoice("caching", {"ttl": command.ttl} if command.ttl else {})
        caching = complete(chosen, scenario)
        self._ttl: CacheTtl = "1h" if caching.params["ttl"] == "1h" else "5m"
        self._pairs = scenario.plan.pairs if command.pairs is None else command.pairs
        if self._pairs < 1:
            raise UsageError(f"--pairs is at least 1, not {self._pairs}")
        self._rate = arrival_rate(command.rate_per_minute, scenario)
        self._prefix = prefix_of(scenario)
        levers = stacked((caching, LeverChoice("streaming")))
        self._experiment = Experiment(
            scenario=scenario,
            variants=(Variant(COLD, levers, own_salts=True), Variant(WARM, levers)),
            primary="ttft",
            primary_reason="the wait for the first token is what a hit shortens",
            pairs=self._pairs,
            alpha=scenario.plan.alpha,
            seed=command.connection.seed,
        )

    @property
    def kind(self) -> StudyKind:
        """Which question."""
        return "cache"

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """One, or none where the prefix is too short to be cached: that is known before anything is paid."""
        return () if self._prefix.tokens < self._prefix.minimum else (self._experiment,)

    async def carry_out(self, lab: Lab) -> CacheMeasured:
        """Measure, and say what was found of the pairs whose usage proves what they are."""
        if not self.experiments:
            return CacheMeasured(head=lab.head(), report=self._report([]))
        stage = await lab.run(self._experiment, "cold and warm in pairs")
        runs = stage.measured if stage is not None else []
        caveats = [c for c in stage.report.caveats if c.code not in _NOT_OF_THESE_ARMS] if stage is not None else []
        report = self._report(_pairs(runs))
        return CacheMeasured(head=lab.head([*caveats, *_caveats(report)]), report=report)

    def _report(self, pairs: Sequence[tuple[RunRecord, RunRecord]]) -> MeasureReport:
        kept = [pair for pair in pairs if _reason(*pair) is None]
        aside = [reason for pair in pairs if (reason := _reason(*pair)) is not None]
        report = MeasureReport(
            model=self._scenario.model,
            ttl=self._ttl,
            prefix_tokens=self._prefix.tokens,
            minimum_tokens=self._prefix.minimum,
            planned_pairs=self._pairs,
            pairs=len(kept),
            set_aside=SetAside(**{name: aside.count(name) for name in SetAside.__struct_fields__}),
        )
        if not kept:
            return report
        cold, warm = _arm([pair[0] for pair in kept]), _arm([pair[1] for pair in kept])
        plan = self._scenario.plan
        ratios = log_ratios([_ttft(pair[0]) for pair in kept], [_ttft(pair[1]) for pair in kept])
        between = confidence_sequence(ratios, plan.alpha)
        return msgspec.structs.replace(
            report,
            cold=cold,
            warm=warm,
            verdict=decide(ratios, max(self._pairs, len(kept)), plan.delta_min, plan.alpha).verdict,
            saving=_saving(hodges_lehmann(ratios)),
            interval=Interval(_saving(between.low), _saving(between.high)),
            smallest_visible=smallest_saving(spread(ratios), len(kept)) if len(kept) > 1 else None,
            expected=self._expected(cold, warm),
        )

    def _expected(self, cold: Arm, warm: Arm) -> Expected | None:
        if self._rate is None:
            return None
        share = cache_hit_rate_poisson(self._rate, TTL_MINUTES[self._ttl])
        ttft = None
        if cold.ttft_mean_s is not None and warm.ttft_mean_s is not None:
            ttft = share * warm.ttft_mean_s + (1 - share) * cold.ttft_mean_s
        return Expected(self._rate, share, ttft, share * warm.cost_usd + (1 - share) * cold.cost_usd)


_NOT_OF_THESE_ARMS = frozenset(
    {"cold_read", "warm_wrote", "partly_cached", "not_cached", "below_minimum", "p90_open", "p99_open"}
)
"""Caveats of a benchmark in which every arm that caches should be warm, and on figures that are not shown here."""


def _pairs(runs: Sequence[RunRecord]) -> list[tuple[RunRecord, RunRecord]]:
    """Both runs of every complete pair, in the order in which the pairs started."""
    arms = {name: {run.pair: run for run in runs if run.variant == name} for name in (COLD, WARM)}
    return [(arms[COLD][pair], arms[WARM][pair]) for pair in sorted(arms[COLD].keys() & arms[WARM].keys())]


def _reason(cold: RunRecord, warm: RunRecord) -> str | None:
    """What a call did that its arm must not do; None where usage proves both. A call without an answer proves nothing
    and stays: its wait counts as endless."""
    if cold.answered and cold.usage.cache_read_tokens:
        return "cold_read"
    if cold.answered and not cold.usage.cache_write_tokens:
        return "cold_wrote_nothing"
    if warm.answered and not warm.usage.cache_read_tokens:
        return "warm_read_nothing"
    return None


def _ttft(run: RunRecord) -> float:
    """Seconds; infinite for a call that failed or had nothing to show."""
    seconds = run.latency_s(run.ttft_s)
    return math.inf if seconds is None else seconds


def _arm(runs: Sequence[RunRecord]) -> Arm:
    waits = [_ttft(run) for run in runs]
    finite = [wait for wait in waits if math.isfinite(wait)]
    middle = quantile(waits, 0.5)
    return Arm(
        calls=len(runs),
        failed=sum(run.failed for run in runs),
        ttft_p50_s=middle if math.isfinite(middle) else None,
        ttft_p50_interval=quantile_interval(waits, 0.5),
        ttft_mean_s=math.fsum(finite) / len(finite) if finite else None,
        read_tokens=sum(run.usage.cache_read_tokens for run in runs) / len(runs),
        written_tokens=sum(run.usage.cache_write_tokens for run in runs) / len(runs),
        cost_usd=math.fsum(run.cost.total_usd for run in runs) / len(runs),
    )


def _saving(centre: float | None) -> float | None:
    return None if centre is None else -math.expm1(-centre)


def _caveats(report: MeasureReport) -> list[Caveat]:
    found = []
    if report.set_aside.pairs:
        found.append(
            Caveat(
                "set_aside",
                f"{report.set_aside.pairs} pairs are set aside because their usage says otherwise than their arm: "
                f"{report.set_aside.cold_read} cold calls read, {report.set_aside.cold_wrote_nothing} wrote nothing, "
                f"{report.set_aside.warm_read_nothing} warm ones read nothing",
            )
        )
    if report.pairs and report.expected is None:
        found.append(
            Caveat("no_rate", "no arrivals are declared, so nothing is said of the mixture of hits and misses; --rate")
        )
    return found
