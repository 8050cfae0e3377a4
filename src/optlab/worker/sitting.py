"""The experiments of one sitting: one open backend, one consent to spend, every run kept before it is shown."""

import asyncio
import gc
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import platformdirs

from optlab.backends.backend import Backend, BackendInfo
from optlab.core.commands import Connection, RunBenchmark, RunRace
from optlab.core.errors import DeclinedError, UnreachableError
from optlab.core.events import AnswerJudged, Connected, Event, ExperimentFinished, ExperimentPlanned, RunFinished
from optlab.core.experiment import Experiment
from optlab.engine import runner, scenarios
from optlab.engine.control import Control
from optlab.engine.estimate import estimate
from optlab.engine.pricing import Pricer
from optlab.history import Store, default_path
from optlab.studies import benchmark
from optlab.studies.race import examine_race, race

DEFAULT_CAP_USD = 0.50
"""What a run may spend where money is real and nobody said otherwise."""


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

    async def experiment(
        self, command: RunBenchmark | RunRace, control: Control, consent: "asyncio.Future[bool]"
    ) -> None:
        scenario = scenarios.load(command.scenario)
        if command.prompt is not None:
            scenario = msgspec.structs.replace(scenario, prompt=command.prompt)
            scenarios.examine_prompt(scenario)
        as_benchmark = command if isinstance(command, RunBenchmark) else _as_benchmark(command)
        experiment = benchmark.plan(as_benchmark, scenario)
        if isinstance(command, RunRace):
            examine_race(experiment)
        pricer = own_prices()
        store = Store(default_path())
        try:
            await estimate(experiment, pricer, 1.0)  # refuses what has no price before anything is started
            backend, info = await self._open(command.connection)
            if info.charges and experiment.budget_usd is None:
                experiment = msgspec.structs.replace(experiment, budget_usd=DEFAULT_CAP_USD)
            run_id = new_run_id()
            agreed = await self._agreed(command, experiment, info, pricer, run_id, consent)
            if isinstance(command, RunBenchmark) and command.dry:
                return
            if not agreed:
                raise DeclinedError("nothing was sent: the run was not confirmed; --yes confirms it beforehand")
            # From its first run on, a server's cache holds what we wrote.
            self._info = msgspec.structs.replace(info, fresh=False)
            await self._run(command, experiment, backend, info, pricer, run_id, control, store)
        except UnreachableError:
            await self.close()  # the next command finds another one, or says again that there is none
            raise
        finally:
            store.close()

    async def _agreed(
        self,
        command: RunBenchmark | RunRace,
        experiment: Experiment,
        info: BackendInfo,
        pricer: Pricer,
        run_id: str,
        consent: "asyncio.Future[bool]",
    ) -> bool:
        """Tell the plan, and where money is real wait once a sitting for a yes."""
        dry = isinstance(command, RunBenchmark) and command.dry
        needed = info.charges and not command.yes and not self._consented and not dry
        single = msgspec.structs.replace(experiment, pairs=0) if isinstance(command, RunRace) else experiment
        self._put(
            ExperimentPlanned(
                run_id=run_id,
                scenario=experiment.scenario.name,
                model=experiment.scenario.model,
                variants=tuple(variant.name for variant in experiment.variants),
                pairs=single.pairs,
                primary=experiment.primary,
                primary_reason=experiment.primary_reason,
                provenance=info.provenance,
                why_backend=info.why,
                sim_speed=info.speed,
                server=info.server,
                estimate=await estimate(single, pricer, info.speed),
                budget_usd=experiment.budget_usd,
                needs_consent=needed,
                dry=dry,
            )
        )
        if needed:
            self._consented = await consent
            return self._consented
        return True

    async def _run(
        self,
        command: RunBenchmark | RunRace,
        experiment: Experiment,
        backend: Backend,
        info: BackendInfo,
        pricer: Pricer,
        run_id: str,
        control: Control,
        store: Store,
    ) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        kind = "race" if isinstance(command, RunRace) else "benchmark"
        store.begin(run_id, at, kind, experiment, info.provenance, info.speed)
        status = "failed"
        try:
            async for event in _events(command, experiment, backend, info, pricer, run_id, control):
                if isinstance(event, RunFinished):
                    store.append(run_id, event.run, event.spent_usd)
                elif isinstance(event, AnswerJudged):
                    store.append_judgement(run_id, event.judgement, event.spent_usd)
                elif isinstance(event, ExperimentFinished):
                    store.finish(event.report)
                    status = event.report.status
                self._put(event)
        except asyncio.CancelledError:
            status = "left"
            raise
        finally:
            if status in ("failed", "left"):
                store.break_off(run_id, status)

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
        backend, self._backend, self._info = self._backend, None, None
        if backend is not None:
            await backend.close()


def _events(
    command: RunBenchmark | RunRace,
    experiment: Experiment,
    backend: Backend,
    info: BackendInfo,
    pricer: Pricer,
    run_id: str,
    control: Control,
) -> AsyncIterator[Event]:
    if isinstance(command, RunRace):
        return race(experiment, backend, info, pricer, run_id=run_id, control=control)
    return runner.run(experiment, backend, info, pricer, run_id=run_id, control=control, live=command.live)


def _as_benchmark(command: RunRace) -> RunBenchmark:
    return RunBenchmark(
        scenario=command.scenario,
        levers=command.levers,
        budget_usd=command.budget_usd,
        connection=command.connection,
    )


def own_prices() -> Pricer:
    """Prices with those of the user's own in the config folder. Raises UsageError where that file is broken."""
    return Pricer.from_folder(Path(platformdirs.user_config_dir("optlab", appauthor=False)))


def new_run_id() -> str:
    """A new run's id: UTC day and time, then four random letters; ids sort by time."""
    letters = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz") for _ in range(4))
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{letters}"
