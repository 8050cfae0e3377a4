"""How far long work is: runs done, time left, money spent and left, whether it is paused. Pure: the clock is given."""

from typing import Literal

import msgspec

from optlab.core.plan_events import ExperimentPlanned, Planned
from optlab.core.run_events import CallStarted, RunFinished, RunPaused, RunResumed
from optlab.core.study_events import StudyPlanned
from optlab.render.format import duration, usd
from optlab.render.snapshot import Snapshot
from optlab.tui.bridge import Heard

BAR = 10
"""Cells of the bar."""

Pausing = Literal["no", "asked", "yes"]
"""Asked: the pair under way is still finished."""


class Progress(msgspec.Struct, frozen=True):
    """What was seen of the work under way. Seconds are the screen's own; `began_at` None: no call was made yet."""

    began_at: float | None = None
    runs: int = 0
    pausing: Pausing = "no"
    paused_at: float = 0.0
    paused_s: float = 0.0

    def hear(self, heard: Heard) -> "Progress":
        """The progress after one more event."""
        change = msgspec.structs.replace
        match heard.event:
            case CallStarted() if self.began_at is None:
                return change(self, began_at=heard.at)
            case RunFinished():
                return change(self, runs=self.runs + 1)
            case RunPaused():
                return change(self, pausing="yes", paused_at=heard.at)
            case RunResumed():
                return change(self, pausing="no", paused_s=self.paused_s + heard.at - self.paused_at)
        return self

    def asked(self, *, pause: bool) -> "Progress":
        """The progress once the user has asked for a pause, or for its end."""
        if pause:
            return msgspec.structs.replace(self, pausing="asked")
        return msgspec.structs.replace(self, pausing="no" if self.pausing == "asked" else self.pausing)

    def left_s(self, planned: int, now: float) -> float | None:
        """Seconds until the planned runs are done at the pace so far; None before there is any, or beyond the plan."""
        if self.began_at is None or not 0 < self.runs < planned or self.pausing == "yes":
            return None
        return (now - self.began_at - self.paused_s) / self.runs * (planned - self.runs)


def headway(progress: Progress, stage: Snapshot, now: float) -> str:
    """One line: a bar, runs of runs, time left, money, and the keys; empty before anything is planned."""
    plan = stage.study or stage.plan
    if plan is None:
        return ""
    planned, about = _planned(plan)
    share = min(1.0, progress.runs / planned) if planned else 0.0
    bar = "▰" * round(share * BAR) + "▱" * (BAR - round(share * BAR))
    done = f"{progress.runs} of {about}{planned} runs" if progress.runs <= planned else f"{progress.runs} runs"
    left = progress.left_s(planned, now)
    takes = "" if left is None else f" · about {duration(left)} left"
    money = f" · {usd(stage.spent_usd)} spent"
    if plan.budget_usd is not None:
        money += f", {usd(max(0.0, plan.budget_usd - stage.spent_usd))} left of the cap"
    elif plan.estimate.expected_usd is not None:
        money += f" of about {usd(plan.estimate.expected_usd)}"
    start, keys = {
        "no": ("", "p pauses, esc cancels"),
        "asked": ("pausing after this pair · ", "p goes on"),
        "yes": ("PAUSED · ", "p goes on, esc ends it"),
    }[progress.pausing]
    return f"{bar} {start}{done}{takes}{money} · {keys}"


def left_s(progress: Progress, stage: Snapshot, now: float) -> float | None:
    """Seconds until all that is planned is done at the pace so far; None before there is a plan or a pace."""
    plan = stage.study or stage.plan
    return None if plan is None else progress.left_s(_planned(plan)[0], now)


def _planned(plan: Planned) -> tuple[int, str]:
    """Runs of the whole, and what to say in front of that number: those of a search are only what is usual."""
    if isinstance(plan, ExperimentPlanned):
        return max(1, len(plan.variants) * (plan.pairs + 1)), ""
    usual = plan.usual if isinstance(plan, StudyPlanned) else None
    return max(1, (usual or plan.estimate).calls), "about "
