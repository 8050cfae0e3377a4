"""The experiments of one sitting: one open backend, one consent to spend, every run kept before it is shown."""

import asyncio
import gc
import math
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from optlab.backends.backend import Backend, BackendInfo
from optlab.config import config_folder
from optlab.config import load as load_config
from optlab.core import commands
from optlab.core.commands import Connection, RunBenchmark, RunRace
from optlab.core.errors import DeclinedError, UnreachableError, UsageError
from optlab.core.events import Connected, Event, TokensCounted
from optlab.core.experiment import Experiment
from optlab.core.plan_events import Estimate, ExperimentPlanned
from optlab.core.report import Failure
from optlab.core.run_events import ExperimentFinished
from optlab.core.scenario import Scenario
from optlab.core.study_events import StudyPlanned
from optlab.engine import runner, scenarios
from optlab.engine.ahead import calls_ahead
from optlab.engine.cache_caveats import planned_caveats
from optlab.engine.control import Control
from optlab.engine.estimate import estimate, estimate_all
from optlab.engine.foresight import foresee
from optlab.engine.guessing import AnswerLengths
from optlab.engine.placeholders import notes
from optlab.engine.pricing import Pricer
from optlab.engine.requests import caps, examine_prompt, prepare
from optlab.engine.sameness import refuse_sameness
from optlab.history import Notes, Store, default_path
from optlab.history.notes import FOLDER
from optlab.studies import benchmark
from optlab.studies.asked import study_of
from optlab.studies.race import plan_race, race
from optlab.studies.study import Foretold, Lab, OpenEnded, Study
from optlab.worker.keeping import kept, kept_study

DEFAULT_CAP_USD = 0.50
"""What a run may spend where money is real and nobody said otherwise."""


class Ready(msgspec.Struct, frozen=True):
    """An open backend with what it is, prices, and the history."""

    backend: Backend
    info: BackendInfo
    pricer: Pricer
    store: Store

    def lengths(self, scenario: Scenario) -> AnswerLengths:
        """How long answers will be, as far as earlier runs tell; simulated ones tell nothing of real ones."""
        return AnswerLengths(self.store.past_answers(scenario.name, scenario.source, self.info.provenance))

    def cap_usd(self, asked: float | None) -> float | None:
        """The cap that holds: as asked for, or where money is real the default."""
        return DEFAULT_CAP_USD if self.info.charges and asked is None else asked


class Sitting:
    """Everything that outlives one command: the backend, what it is, and the user's yes."""

    def __init__(self, put: Callable[[Event], None]) -> None:
        self._put = put
        self._connection: Connection | None = None
        self._backend: Backend | None = None
        self._info: BackendInfo | None = None
        self._consented = False

    async def connect(self, connection: Connection) -> None:
        """Open the backend and tell what it is."""
        _, info = await self._open(connection)
        self._put(Connected(info.provenance, info.speed, info.server, info.why, info.charges))

    async def count(self, command: commands.CountTokens) -> None:
        """Have the server count the tokens of a prompt."""
        scenario, _ = scenario_of(command)
        backend, info = await self._open(command.connection)
        counted = await backend.count(prepare(scenario, scenario.samples[0]))
        self._put(TokensCounted(counted, scenario.model, info.provenance))

    async def experiment(
        self, command: RunBenchmark | RunRace, control: Control, consent: "asyncio.Future[bool]"
    ) -> None:
        """One experiment, or a race."""
        is_race = isinstance(command, RunRace)
        scenario, told = scenario_of(command)
        if isinstance(command, RunRace):
            experiment = plan_race(command, scenario)
        else:
            experiment = benchmark.plan(command, scenario)
            await refuse_sameness(experiment)
        async with self._ready(command.connection, (experiment,)) as ready:
            budget = ready.cap_usd(experiment.budget_usd)
            experiment = msgspec.structs.replace(experiment, budget_usd=budget)
            counted = msgspec.structs.replace(experiment, pairs=0) if is_race else experiment
            run_id = new_run_id()
            plan = ExperimentPlanned(
                **self._plan(command, run_id, experiment.scenario, ready, budget, (experiment,), told),
                estimate=await estimate(counted, ready.pricer, ready.info.speed, ready.lengths(experiment.scenario)),
                variants=tuple(variant.name for variant in experiment.variants),
                pairs=counted.pairs,
                primary=experiment.primary,
                primary_reason=experiment.primary_reason,
                foresight=None
                if is_race
                else foresee(experiment, *ready.store.latest(experiment.scenario, ready.info.provenance)),
                caps=await caps(experiment),
                smallest_useful=experiment.scenario.plan.delta_min,
                ahead=await calls_ahead(counted, ready.pricer) if _watched(command) else (),
            )
            if not await self._agreed(plan, consent):
                return
            events = _events(command, experiment, ready, run_id, control)
            kind = "race" if is_race else "benchmark"
            async for event in kept(events, ready.store, run_id, kind, experiment, ready.info):
                self._put(event)
                if isinstance(event, ExperimentFinished) and event.report.failure is not None:
                    await self._broken(event.report.failure)

    async def study(self, command: commands.Study, control: Control, consent: "asyncio.Future[bool]") -> None:
        """A series of experiments under one budget."""
        scenario, told = scenario_of(command)
        study = study_of(command, scenario)
        async with self._ready(command.connection, study.experiments) as ready:
            budget = ready.cap_usd(scenario.plan.budget_usd if command.budget_usd is None else command.budget_usd)
            study_id = new_run_id()
            usual = await _usual(study, ready, scenario, budget)
            plan = StudyPlanned(
                **self._plan(command, study_id, scenario, ready, budget, study.experiments, told),
                estimate=await estimate_all(study.experiments, ready.pricer, ready.info.speed, ready.lengths(scenario)),
                kind=study.kind,
                usual=usual,
                samples=len(study.experiments[0].scenario.samples) if study.experiments else 0,
            )
            if isinstance(study, Foretold):
                warned = (caveat.sentence for caveat in study.warnings())
                plan = msgspec.structs.replace(plan, notes=(*plan.notes, *warned))
            if not study.experiments:
                plan = msgspec.structs.replace(plan, needs_consent=False)  # nothing will be spent
            if not await self._agreed(plan, consent):
                return

            def carry(experiment: Experiment, run_id: str, enough: runner.Enough | None = None) -> AsyncIterator[Event]:
                backend, info, pricer = ready.backend, ready.info, ready.pricer
                events = runner.run(experiment, backend, info, pricer, run_id=run_id, control=control, enough=enough)
                return kept(events, ready.store, run_id, study.kind, experiment, ready.info, study_id)

            seed = command.connection.seed
            lab = Lab(
                study_id,
                study.kind,
                scenario,
                seed,
                ready.info,
                carry,
                self._put,
                budget,
                ready.pricer,
                ready.store,
                Notes(default_path().parent / FOLDER),
            )
            self._put(await kept_study(study, lab, ready.store, command))

    @asynccontextmanager
    async def _ready(self, connection: Connection, experiments: Sequence[Experiment]) -> AsyncIterator[Ready]:
        """What experiments need, opened once every price they ask for is known."""
        pricer = own_prices()
        store = Store(default_path())
        try:
            await estimate_all(experiments, pricer, 1.0)  # refuses what has no price before anything is started
            backend, info = await self._open(connection)
            yield Ready(backend, info, pricer, store)
        except UnreachableError as error:
            await self._broken(Failure(error.name, str(error)))
            raise
        finally:
            store.close()

    async def _broken(self, failure: Failure) -> None:
        """Let go of a backend that cannot be reached: the next command finds another, or says again there is none."""
        if failure.error == "unreachable":
            await self.close()
            self._consented = False  # a yes was to the server that answered then

    def _plan(
        self,
        command: RunBenchmark | RunRace | commands.Study,
        run_id: str,
        scenario: Scenario,
        ready: Ready,
        budget_usd: float | None,
        experiments: Sequence[Experiment],
        told: Sequence[str],
    ) -> dict[str, Any]:
        """What every plan says; `told` is what the scenario's file had to tell."""
        dry = not isinstance(command, RunRace) and command.dry
        return {
            "run_id": run_id,
            "scenario": scenario.name,
            "model": scenario.model,
            "provenance": ready.info.provenance,
            "why_backend": ready.info.why,
            "sim_speed": ready.info.speed,
            "server": ready.info.server,
            "budget_usd": budget_usd,
            "needs_consent": ready.info.charges and not command.yes and not dry,
            "dry": dry,
            "notes": (*told, *notes(scenario), *(caveat.sentence for caveat in planned_caveats(experiments))),
        }

    async def _agreed(self, plan: ExperimentPlanned | StudyPlanned, consent: "asyncio.Future[bool]") -> bool:
        """Tell the plan, and where money is real and it is time to ask, wait for a yes. False where that was all.

        Raises DeclinedError on a no.
        """
        plan = msgspec.structs.replace(plan, needs_consent=plan.needs_consent and self._asks(plan))
        self._put(plan)
        if plan.needs_consent:
            self._consented = await consent
            if not self._consented:
                raise DeclinedError("nothing was sent: the run was not confirmed; --yes confirms it beforehand")
        if not plan.dry and self._info is not None:
            # From its first run on, a server's cache holds what we wrote.
            self._info = msgspec.structs.replace(self._info, fresh=False)
        return not plan.dry

    def _asks(self, plan: ExperimentPlanned | StudyPlanned) -> bool:
        """Whether real money is to be asked for: once a sitting, or by the user's own threshold, each time above it."""
        above = load_config().ask_above_usd
        if not above:
            return not self._consented
        cap, most = plan.budget_usd, plan.estimate.high_usd + plan.estimate.retries_usd
        return most > above and (cap is None or cap > above)

    async def _open(self, connection: Connection) -> tuple[Backend, BackendInfo]:
        """The backend of a connection, kept open for the sitting."""
        if self._backend is None or self._info is None or connection != self._connection:
            await self.close()
            from optlab.backends.choose import choose  # imports the client: seconds that a list of runs need not wait

            gc.collect()
            gc.freeze()  # what is loaded by now stays; looking through it again would stall the stopwatch
            self._backend = choose(connection)
            self._connection = connection
            self._info = await self._backend.open()
        return self._backend, self._info

    async def close(self) -> None:
        """Close the backend."""
        backend, self._backend, self._info = self._backend, None, None
        if backend is not None:
            await backend.close()


def scenario_of(
    command: RunBenchmark | RunRace | commands.Study | commands.CountTokens,
) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario that a command names, with its own prompt and model where it has such, and what its file told.

    Raises ScenarioError where they make no request, UsageError where the model may not answer at such length.
    """
    scenario, told = scenarios.read(command.scenario)
    if command.model is not None:
        scenario = scenarios.with_model(scenario, command.model)
    if command.prompt is not None:
        scenario = msgspec.structs.replace(scenario, prompt=command.prompt)
        examine_prompt(scenario)
    return scenario, told


async def _usual(study: Study, ready: Ready, scenario: Scenario, budget_usd: float | None) -> Estimate | None:
    """What a study usually takes, where that depends on the answers.

    Raises UsageError where the budget is too small for it to come to any verdict: what it would pay for is lost.
    """
    if not isinstance(study, OpenEnded):
        return None
    lengths = ready.lengths(scenario)
    usual = await estimate_all(study.usual(), ready.pricer, ready.info.speed, lengths)
    least = await study.least_usd(ready.pricer, lengths)
    if budget_usd is not None and budget_usd < least:
        raise UsageError(
            f"a budget of {budget_usd:.2f} USD would be spent without a verdict; give one of {_cents_up(least):.2f} or "
            "more, of which what the verification takes stays untouched until then"
        )
    return usual


def _cents_up(usd: float) -> float:
    return math.ceil(100 * usd) / 100


def _events(
    command: RunBenchmark | RunRace, experiment: Experiment, ready: Ready, run_id: str, control: Control
) -> AsyncIterator[Event]:
    backend, info, pricer = ready.backend, ready.info, ready.pricer
    if isinstance(command, RunRace):
        return race(experiment, backend, info, pricer, run_id=run_id, control=control)
    return runner.run(experiment, backend, info, pricer, run_id=run_id, control=control, live=command.live)


def _watched(command: RunBenchmark | RunRace) -> bool:
    """Whether somebody will see text arrive."""
    return isinstance(command, RunRace) or (command.live and not command.dry)


def own_prices() -> Pricer:
    """Prices with those of the user's own in the config folder. Raises UsageError where that file is broken."""
    return Pricer.from_folder(config_folder())


def new_run_id() -> str:
    """A new run's id: UTC day and time, then four random letters; ids sort by time."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz") for _ in range(4))
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{letters}"
