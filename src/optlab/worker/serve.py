"""Commands heard, carried out one at a time, and told how they went."""

import asyncio
import os
import traceback
from collections.abc import Callable
from typing import TypeVar

from optlab import __version__
from optlab.core.answer_events import AdviceGiven, CeilingFound, OutcomesRead
from optlab.core.commands import (
    AdviseOnRun,
    Cancel,
    Command,
    Connect,
    Consent,
    CountTokens,
    DiagnoseCache,
    FindCeiling,
    ListDays,
    ListHistory,
    ListPrices,
    ListScenarios,
    LoadScenario,
    Pause,
    PlanCache,
    ReadOutcomes,
    Resume,
    RunBenchmark,
    RunRace,
    ShowRun,
    Study,
)
from optlab.core.errors import OptlabError, UsageError
from optlab.core.events import (
    DaysListed,
    Failed,
    HistoryListed,
    PricesListed,
    ScenarioLoaded,
    ScenariosListed,
    WorkerReady,
)
from optlab.core.report import Report
from optlab.core.run_events import ExperimentFinished
from optlab.engine import scenarios
from optlab.engine.control import Control
from optlab.engine.judging_estimate import planned_judging
from optlab.history import Store, default_path
from optlab.studies.advice import advice_on_run
from optlab.studies.cache.asking import answered
from optlab.studies.cascade import outcomes_report
from optlab.studies.ceiling import ceiling_of_file
from optlab.worker.pipes import Inbox, Outbox
from optlab.worker.sitting import Sitting, own_prices

T = TypeVar("T")


class Worker:
    """Carries out one command at a time; Cancel and Consent are heard while one is under way."""

    def __init__(self, outbox: Outbox, inbox: Inbox) -> None:
        self._put = outbox.put
        self._inbox = inbox
        self._sitting = Sitting(outbox.put)
        self._ear: asyncio.Task[Command | Failed | None] | None = None

    async def serve(self) -> None:
        """Until the end of stdin."""
        self._put(WorkerReady(__version__, os.getpid()))
        try:
            while (command := await self._heard()) is not None:
                if isinstance(command, Failed):
                    self._put(command)
                elif not isinstance(command, Cancel | Consent | Pause | Resume) and not await self._carry_out(command):
                    return
        finally:
            await self._sitting.close()

    async def _carry_out(self, command: Command) -> bool:
        """Do what a command asks and tell how it went; False where stdin ended meanwhile."""
        control = Control()
        consent: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        work = asyncio.create_task(self._work(command, control, consent))
        while True:
            await asyncio.wait((work, self._listening()), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                break
            heard = await self._heard()
            if heard is None:
                work.cancel()
                await asyncio.wait((work,))
                return False
            if isinstance(heard, Cancel):
                control.cancel()
                if not consent.done():
                    consent.set_result(False)
            elif isinstance(heard, Pause):
                control.pause()
            elif isinstance(heard, Resume):
                control.resume()
            elif isinstance(heard, Consent) and not consent.done():
                consent.set_result(heard.given)
            elif not isinstance(heard, Consent):
                self._put(Failed("worker", "the worker is busy; cancel what it does, or wait"))
        self._tell_failure(work)
        return True

    def _listening(self) -> "asyncio.Task[Command | Failed | None]":
        """The one task that waits for the next line. It outlives a command: what it hears must not be lost."""
        if self._ear is None:
            self._ear = asyncio.create_task(self._inbox.get())
        return self._ear

    async def _heard(self) -> Command | Failed | None:
        heard = await self._listening()
        self._ear = None
        return heard

    def _tell_failure(self, work: "asyncio.Task[None]") -> None:
        error = work.exception()
        if isinstance(error, OptlabError):
            self._put(Failed(error.name, str(error)))
        elif error is not None:
            if os.environ.get("OPTLAB_DEBUG"):
                traceback.print_exception(error)
            words = f"{type(error).__name__}: {error}".splitlines()[0]
            self._put(Failed("worker", f"something broke inside optlab ({words}); OPTLAB_DEBUG=1 shows where"))

    async def _work(self, command: Command, control: Control, consent: "asyncio.Future[bool]") -> None:
        match command:
            case RunBenchmark() | RunRace():
                await self._sitting.experiment(command, control, consent)
            case Study():
                await self._sitting.study(command, control, consent)
            case Connect(connection=connection):
                await self._sitting.connect(connection)
            case CountTokens():
                await self._sitting.count(command)
            case LoadScenario(scenario=name):
                self._put(_loaded(name))
            case ListScenarios():
                self._put(ScenariosListed(scenarios.heads()))
            case ListPrices():
                pricer = own_prices()
                self._put(PricesListed(pricer.file, pricer.own))
            case DiagnoseCache() | PlanCache():
                self._put(answered(command, own_prices()))
            case ReadOutcomes(file=file, margin=margin):
                self._put(OutcomesRead(file, outcomes_report(file, margin)))
            case FindCeiling():
                self._put(CeilingFound(ceiling_of_file(command, own_prices())))
            case AdviseOnRun():
                self._put(AdviceGiven(_with_store(lambda store: advice_on_run(command, store, own_prices()))))
            case ListHistory(limit=limit, unfold=unfold):
                self._put(HistoryListed(_with_store(lambda store: store.listed(limit, unfold=unfold))))
            case ListDays(scenario=name, source=source, limit=limit):
                self._put(DaysListed(_with_store(lambda store: store.days(name, source, limit))))
            case ShowRun(run=reference):
                found = _with_store(lambda store: store.shown(reference))
                self._put(ExperimentFinished(found) if isinstance(found, Report) else found)


def _loaded(name: str) -> ScenarioLoaded:
    scenario, told = scenarios.load_noted(name)
    try:
        return ScenarioLoaded(scenario, planned_judging(scenario, own_prices()), told)
    except UsageError:
        return ScenarioLoaded(scenario, notes=told)  # a price is needed for a run, not for reading


def _with_store(use: Callable[[Store], T]) -> T:
    store = Store(default_path())
    try:
        return use(store)
    finally:
        store.close()
