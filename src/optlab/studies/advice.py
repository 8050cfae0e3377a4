"""Which lever to pull first: the decision table on a small measurement of the baseline, or on a kept run."""

from collections.abc import Sequence

import msgspec

from optlab.catalogue import load
from optlab.core.advice_report import AdviceReport, AdviceRow
from optlab.core.commands import Advise, AdviseOnRun
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.record import Provenance, RunRecord
from optlab.core.report import Caveat
from optlab.core.scenario import Scenario
from optlab.core.study import StudyKind
from optlab.core.study_events import AdviceMeasured
from optlab.engine import scenarios
from optlab.engine.pricing import Pricer
from optlab.history import Store
from optlab.levers import complete
from optlab.studies.benchmark import BASELINE, arrival_rate
from optlab.studies.evidence import Evidence, finite, runs_of, smaller_variant
from optlab.studies.past import Past
from optlab.studies.study import Lab
from optlab.studies.symptoms import TABLE

PAIRS = 12
_TOLD = {"one_item", "floor", "scaled", "failed", "retried", "cut", "quota"}
"""Caveats that bear on figures of a lone baseline; those about verdicts do not."""


class AdviceStudy:
    """The baseline alone; where checks can say who is right, a smaller model beside it."""

    kind: StudyKind = "advice"

    def __init__(self, command: Advise, scenario: Scenario) -> None:
        """Raises UsageError where a number makes no sense."""
        pairs = PAIRS if command.pairs is None else command.pairs
        if pairs < 1:
            raise UsageError(f"--pairs is at least 1, not {pairs}")
        _require_thresholds(command)
        self._command = command
        small = smaller_choice(scenario) if scenario.has_checks else None
        variants = (BASELINE, Variant("smaller_model", (small,))) if small else (BASELINE,)
        self._experiment = Experiment(
            scenario=scenario,
            variants=variants,
            primary="cost_usd",
            primary_reason="no verdict is asked for",
            pairs=pairs,
            alpha=scenario.plan.alpha,
            seed=command.connection.seed,
            rate_per_minute=arrival_rate(command.rate_per_minute, scenario),
        )

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """The only one."""
        return (self._experiment,)

    async def carry_out(self, lab: Lab) -> AdviceMeasured:
        """The table; none where no answer came."""
        scenario = self._experiment.scenario
        past = Past(lab.store, scenario, lab.info.provenance) if lab.store else None
        stage = await lab.run(self._experiment, "a look at the baseline")
        runs = stage.measured if stage else []
        if stage is None or not runs_of(BASELINE, runs):
            return AdviceMeasured(head=lab.head(), report=None)
        found = advise(
            _evidence(self._command, self._command.scenario, self._experiment, runs, lab.pricer, past),
            lab.info.provenance,
            lab.info.speed,
            stage.report.run_id,
        )
        return AdviceMeasured(head=lab.head(_told(stage.report.caveats)), report=found)


def advice_on_run(command: AdviseOnRun, store: Store, pricer: Pricer) -> AdviceReport:
    """The table on a kept run; nothing is sent.

    With a scenario named, "last" is its newest run. Raises UsageError where the run is not there, has no answer, has
    no plain baseline, or is of another scenario.
    """
    _require_thresholds(command)
    run_id, experiment, runs = store.records(_named(command, store))
    report = store.report(run_id)
    if experiment.baseline.levers:
        raise UsageError(
            f"the run {run_id} has no plain baseline: {experiment.baseline.name!r} is one part of a study; "
            "name a run that `optlab run` or `optlab advise` made"
        )
    if not runs_of(experiment.baseline, runs):
        raise UsageError(f"no call of the baseline of run {run_id} was answered, so there is nothing to advise on")
    past = Past(store, experiment.scenario, report.provenance, run_id)
    asked = msgspec.structs.replace(
        experiment,
        rate_per_minute=arrival_rate(
            command.rate_per_minute if command.rate_per_minute is not None else experiment.rate_per_minute,
            experiment.scenario,
        ),
    )
    evidence = _evidence(command, report.source, asked, runs, pricer, past)
    return advise(evidence, report.provenance, report.sim_speed, run_id)


def _named(command: AdviseOnRun, store: Store) -> str:
    """The id of the run that is meant."""
    if command.scenario is None:
        return command.run
    name = scenarios.load(command.scenario).name
    if command.run == "last":
        found = store.earlier(name, limit=1)
        if not found:
            raise UsageError(f"the history has no run of {command.scenario}; leave --run out to measure it")
        return found[0]
    report = store.report(command.run)
    if report.scenario != name:
        raise UsageError(f"the run {report.run_id} is of {report.scenario!r}, not of {name!r}; leave one of them out")
    return report.run_id


def _evidence(
    command: Advise | AdviseOnRun,
    target: str,
    experiment: Experiment,
    runs: Sequence[RunRecord],
    pricer: Pricer,
    past: Past | None,
) -> Evidence:
    measured = smaller_variant(experiment)
    small = measured.levers[0] if measured else smaller_choice(experiment.scenario)
    return Evidence(
        scenario=experiment.scenario,
        target=target,
        runs=runs_of(experiment.baseline, runs),
        pricer=pricer,
        rate_per_minute=experiment.rate_per_minute,
        patience_s=command.patience_s,
        high_usd=command.high_usd,
        small=runs_of(measured, runs),
        small_model=str(small.params["model"]) if small else None,
        earlier=past.earlier if past else None,
        kept=past.kept if past else (),
    )


def _require_thresholds(command: Advise | AdviseOnRun) -> None:
    for name, value in (("--patience", command.patience_s), ("--high", command.high_usd)):
        if not 0 < value < float("inf"):
            raise UsageError(f"{name} is above 0, not {value:g}")


def smaller_choice(scenario: Scenario) -> LeverChoice | None:
    """The smaller model that a scenario names, else the lever's own; None where it is no cheaper by the catalogue."""
    choice = complete(LeverChoice("smaller_model"), scenario)
    here, small = load().find(scenario.model), load().find(str(choice.params["model"]))
    if small is None or (here is not None and small.prices.tiers[0].output >= here.prices.tiers[0].output):
        return None
    return choice


def advise(evidence: Evidence, provenance: Provenance, sim_speed: float, run_id: str) -> AdviceReport:
    """Every row of the table, and the one to begin with."""
    rows = tuple(symptom(evidence) for symptom in TABLE)
    first = first_of(rows, evidence)
    return AdviceReport(
        scenario=evidence.scenario.name,
        source=evidence.target,
        provenance=provenance,
        sim_speed=sim_speed,
        run_id=run_id,
        runs=len(evidence.runs),
        cost_usd_per_call=evidence.cost_usd,
        wait_s=finite(evidence.seconds("first_visible")),
        rows=rows,
        first=first.symptom if first else None,
        earlier=evidence.earlier.run_id if evidence.earlier else None,
    )


def first_of(rows: Sequence[AdviceRow], evidence: Evidence) -> AdviceRow | None:
    """The row to begin with: roll back what broke quality, else the largest share saved of dollars or of seconds.

    Levers that something blocks come after the others, and where the scenario's plan names a metric, savings in its
    unit come before others.
    """
    holding = [row for row in rows if row.holds == "yes"]
    wait, primary = evidence.seconds("e2e"), evidence.scenario.plan.primary

    def rank(row: AdviceRow) -> tuple[bool, bool, bool, float]:
        dollars = (row.saving_usd or 0.0) / evidence.cost_usd if evidence.cost_usd else 0.0
        seconds = (row.saving_s or 0.0) / wait if wait > 0 else 0.0
        wanted = primary is None or (dollars if primary == "cost_usd" else seconds) > 0
        return row.symptom == "quality fell", not row.blocked, wanted, max(dollars, seconds)

    return max(holding, key=rank, default=None)


def _told(caveats: Sequence[Caveat]) -> list[Caveat]:
    return [caveat for caveat in caveats if caveat.code in _TOLD]
