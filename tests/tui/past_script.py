"""A history as a worker would tell it: runs and studies of some days, in every state, from the newest to the oldest."""

from collections.abc import Sequence
from typing import Any

import msgspec
from lab_script import FakeSession, recorded_report
from trim_script import cut_tested

from optlab.core import commands, events, run_events
from optlab.core.record import Provenance
from optlab.core.report import KeptRun
from optlab.core.study import KeptStudy, Upshot
from optlab.core.verdict import CardWord

Entry = KeptRun | KeptStudy


def run(number: int, **more: Any) -> KeptRun:
    known: dict[str, Any] = {
        "id": f"20261122-{number:06d}-abcd",
        "at": f"2026-11-22T{23 - number // 60 % 24:02d}:{59 - number % 60:02d}:00.000+00:00",
        "scenario": "Hamlet in three bullets",
        "source": "hamlet",
        "kind": "benchmark",
        "provenance": Provenance.SIMULATED,
        "sim_speed": 20.0,
        "seed": 7,
        "status": "finished",
        "cost_usd": 0.00451,
        "asked": ("streaming",),
        "verdicts": ("ADOPT",),
    }
    return msgspec.convert(known | more, KeptRun)


def study(number: int, **more: Any) -> KeptStudy:
    known = msgspec.structs.asdict(run(number)) | {"kind": "trim", "runs": 3, "ended": None}
    known |= {"asked": ("third", "by segment"), "upshot": Upshot(word=CardWord.ADOPT, tokens=(2100, 1420))}
    return msgspec.convert({k: v for k, v in (known | more).items() if k not in ("verdicts", "study")}, KeptStudy)


DAYS: tuple[Entry, ...] = (
    run(0, status="running", verdicts=(), cost_usd=0.0012),
    study(1, scenario="Support desk"),
    run(2, kind="race", verdicts=(), asked=("streaming+max_tokens",)),
    run(3, verdicts=("NOT YET KNOWN",), provenance=Provenance.MEASURED, sim_speed=1.0, cost_usd=0.4312),
    study(4, kind="heat", scenario="Support desk", asked=("by auto",), upshot=Upshot(pieces=7), status="cancelled"),
    run(5, verdicts=("ROLL BACK", "NOISE"), asked=("smaller_model", "max_tokens"), status="budget"),
    run(6, status="failed", verdicts=(), asked=("caching",), scenario="Rules [/nope] \x1b[31mof"),
    study(7, kind="advice", asked=(), upshot=Upshot(levers=("max_tokens",)), runs=1),
    study(8, kind="heat", asked=("by segment",), upshot=None, status="broken off", provenance=Provenance.REPLAYED),
)


class PastSession(FakeSession):
    """A worker with a history. `entries` is the whole of it, newest first."""

    def __init__(self, entries: Sequence[Entry] = DAYS) -> None:
        super().__init__()
        self.entries: list[Entry] = list(entries)
        self.problem = ""

    @property
    def lists(self) -> list[commands.ListHistory]:
        """Every question for a part of the list."""
        return [sent for sent in self.sent if isinstance(sent, commands.ListHistory)]

    async def send(self, command: commands.Command) -> None:
        await super().send(command)
        match command:
            case commands.ListHistory() if self.problem:
                self.tell(events.Failed("storage", self.problem))
            case commands.ListHistory(study=str() as study_id):
                inside = tuple(
                    run(50 + n, id=f"{study_id}-{n}", kind="trim", study=study_id, verdicts=()) for n in (3, 2, 1)
                )
                self.tell(events.HistoryListed(inside))
            case commands.ListHistory():
                found = [entry for entry in self.entries if _meant(entry, command)]
                page = tuple(found[command.offset : command.offset + command.limit])
                self.tell(events.HistoryListed(page, len(found) if command.counted else None))
            case commands.ShowRun(run=run_id):
                self.tell(self.shown(run_id))
            case commands.RecallSetup(run=run_id):
                self.tell(self.recalled(run_id))

    def shown(self, run_id: str) -> events.Event:
        entry = next((entry for entry in self.entries if entry.id == run_id), None)
        if entry is None or entry.status in ("failed", "broken off"):
            return events.Failed("usage", f"the run {run_id} ended without a report")
        if isinstance(entry, KeptStudy):
            return cut_tested()
        report = msgspec.structs.replace(recorded_report(), run_id=run_id, provenance=entry.provenance)
        return run_events.ExperimentFinished(report)

    def recalled(self, run_id: str) -> events.Event:
        return events.Failed("usage", f"the history has no run {run_id!r}")


def _meant(entry: Entry, command: commands.ListHistory) -> bool:
    seen = f"{entry.scenario} {entry.kind} {' '.join(getattr(entry, 'verdicts', ()))}".lower()
    here = command.scenario in (None, entry.scenario)
    return here and all(word.lower() in seen for word in command.words.split())
