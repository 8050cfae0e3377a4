"""One command sent to a worker, and what is done with the events it sends back."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from optlab.cli.diagnostics import ExitCode, complain, leave, say
from optlab.cli.output import Format, write_event, write_report, write_study
from optlab.core.commands import Cancel, Command, Consent
from optlab.core.events import Event, Failed
from optlab.core.metrics import BY_NAME
from optlab.core.plan_events import ExperimentPlanned, Planned
from optlab.core.report import Report
from optlab.core.run_events import ExperimentFinished
from optlab.core.study_events import StudyEnd, StudyPlanned
from optlab.link import Session
from optlab.render.batches import batch_words
from optlab.render.format import duration, line, percent_up, provenance, usd
from optlab.render.snapshot import Snapshot, fold

E = TypeVar("E")

_STATUS = {"budget": ExitCode.BUDGET, "cancelled": ExitCode.INTERRUPTED}
PATIENCE_S = 30.0
"""Simulated runs longer than this are told how to be had faster."""


def ask(command: Command, *wanted: type[E]) -> E:
    """The answer to a command that runs nothing. Where it failed, the complaint is made and the process ends."""
    with Session() as session:
        session.send(command)
        for event in session.events():
            if isinstance(event, wanted):
                return event
            if isinstance(event, Failed):
                leave(complain(event))
    raise AssertionError("a session always ends with a final event")


class Conversation:
    """A run under way: narration on stderr where a person looks, data on stdout."""

    def __init__(
        self, style: Format, watched: bool, write: Callable[[Any], None] | None = None, *, every: bool = False
    ) -> None:
        """`write` puts the end of a study on stdout where its page is not all; `every` shows every metric."""
        self._every = every
        self._write = write or (lambda end: write_study(end, style))
        self._style = style
        self._watched = watched
        self._snapshot = Snapshot()
        self._asking = False

    def carry_out(self, command: Command) -> ExitCode:
        """Send the command and see it through. The first Ctrl-C asks for a stop, the second ends at once."""
        with Session() as session, self._interruptible(session), self._progress() as show:
            session.send(command)
            for event in session.events():
                self._snapshot = fold(self._snapshot, event)
                if self._style == "jsonl":
                    write_event(event)
                if isinstance(event, Planned):
                    self._planned(event, session)
                show(self._snapshot)
        return self._outcome(event)

    def _outcome(self, event: Event) -> ExitCode:
        if isinstance(event, Failed):
            return complain(event)
        broken = event.report.failure if isinstance(event, ExperimentFinished) else None
        if self._snapshot.message and broken is None:
            say(self._snapshot.message)
        if isinstance(event, StudyEnd):
            if self._style != "jsonl":
                self._write(event)
            return _STATUS.get(event.head.status, ExitCode.DONE)
        assert isinstance(event, ExperimentFinished)
        if self._style != "jsonl":
            write_report(event.report, self._style, every=self._every)
        return exit_code(event.report) if broken is None else complain(Failed(broken.error, broken.sentence))

    def _planned(self, plan: Planned, session: Session) -> None:
        estimate = plan.estimate
        where = provenance(plan.provenance, plan.sim_speed)
        cap = f", cap {usd(plan.budget_usd)}" if plan.budget_usd is not None else ""
        takes = f", about {duration(estimate.seconds)}" if estimate.seconds is not None else ""
        more = f" (at most {usd(estimate.retries_usd)} more for retries)" if estimate.retries_usd else ""
        usual = _usual(plan)
        expected, calls = "", f"{estimate.calls:,} calls"
        if usual:
            calls = f"at most {calls}"
        elif estimate.expected_usd is not None:
            expected = f"about {usd(estimate.expected_usd)} {estimate.basis}, "
        judging = ""
        if estimate.judge_calls:
            judging = f"; {estimate.judge_calls} of the calls judge answers, for at most {usd(estimate.judge_usd)}"
        if estimate.batch_calls:
            judging += f"; {estimate.batch_calls} of the calls go as a batch, which takes its own time"
        say(
            f"{where} ({plan.why_backend}): {calls} to {plan.server}, "
            f"{expected}{usd(estimate.low_usd)} to {usd(estimate.high_usd)} at the extremes{more}{cap}{takes}{judging}"
            f"{usual}{_foreseen(plan)}"
        )
        for note in plan.notes:
            say(f"Look at this: {note}.")
        slow = estimate.seconds is not None and estimate.seconds > PATIENCE_S and plan.provenance == "simulated"
        if slow and plan.sim_speed == 1:
            say("(the simulator keeps the pace of the real API; --sim-speed 20 is twenty times faster)")
        if plan.needs_consent:
            session.send(Consent(self._confirmed()))

    def _confirmed(self) -> bool:
        if not sys.stdin.isatty():
            return False
        print("Real money. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
        self._asking = True
        try:
            return sys.stdin.readline().strip().casefold() in ("y", "yes")
        finally:
            self._asking = False

    @contextmanager
    def _interruptible(self, session: Session) -> Iterator[None]:
        pressed = 0

        def stop(number: int, frame: Any) -> None:
            nonlocal pressed
            pressed += 1
            if pressed > 1 or self._asking:
                raise KeyboardInterrupt
            say("stopping after the call under way, what was paid for is kept; Ctrl-C again ends at once")
            session.send(Cancel())

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        except KeyboardInterrupt:
            # Not in the handler: it may have interrupted the writing of a line.
            say("ended at once; the runs that were over are in the history" if pressed > 1 else "nothing was sent")
            raise
        finally:
            signal.signal(signal.SIGINT, before)

    @contextmanager
    def _progress(self) -> Iterator[Callable[[Snapshot], None]]:
        if not self._watched:
            yield lambda snapshot: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[spent]}", markup=False),
        )
        progress = Progress(*columns, console=Console(stderr=True, highlight=False), transient=True)
        task = progress.add_task("", total=None, spent="")

        def show(snapshot: Snapshot) -> None:
            if snapshot.phase != "running" or not snapshot.subject:
                return
            progress.start()  # not before the run: a question may have to be asked first
            waits = f" (waits for {snapshot.waits})" if snapshot.waits else ""
            progress.update(
                task,
                description=batch_words(snapshot.batch) if snapshot.batch else line(snapshot.subject + waits),
                total=snapshot.runs_planned,
                completed=min(snapshot.runs_done, snapshot.runs_planned),
                spent=usd(snapshot.spent_usd),
            )

        try:
            yield show
        finally:
            progress.stop()


def _usual(plan: Planned) -> str:
    """What a study whose end depends on the answers usually takes; empty for any other."""
    if not isinstance(plan, StudyPlanned) or plan.usual is None or plan.usual.expected_usd is None:
        return ""
    usual = plan.usual
    return f"; usually about {usual.calls:,} calls and {usd(usual.expected_usd)} {usual.basis}"


def _foreseen(plan: Planned) -> str:
    """What the planned pairs usually show, and what that is known from."""
    if not isinstance(plan, ExperimentPlanned) or plan.foresight is None:
        return ""
    seen = plan.foresight
    known = f"going by the run {seen.run}" if seen.run else "assuming that times vary as public pings of Claude do"
    saving = f"a saving in {BY_NAME[plan.primary].title} from {percent_up(seen.smallest)} on"
    words = f"; {plan.pairs:,} pairs usually show {saving} ({known})"
    return words + (f", {seen.pairs_needed:,} would show the smallest useful one" if seen.pairs_needed else "")


def exit_code(report: Report) -> ExitCode:
    """The exit code that a report's ending calls for."""
    return _STATUS.get(report.status, ExitCode.DONE)
