"""Every event of an experiment, and every end of a study, is in the history before anybody is told of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from optlab.backends.backend import BackendInfo
from optlab.core import commands
from optlab.core.events import Event
from optlab.core.experiment import Experiment
from optlab.core.run_events import AnswerJudged, ExperimentFinished, RunFinished, RunsSetAside
from optlab.core.study_events import Ending
from optlab.history import Store
from optlab.studies.study import Lab, Study
from optlab.studies.upshot import upshot_of


async def kept(
    events: AsyncIterator[Event],
    store: Store,
    run_id: str,
    kind: str,
    experiment: Experiment,
    info: BackendInfo,
    study: str | None = None,
) -> AsyncIterator[Event]:
    """The events of one experiment, each given on once it is kept. An end without a report is noted as such."""
    store.begin(run_id, _now(), kind, experiment, info.provenance, info.speed, study)
    status = "failed"
    try:
        async for event in events:
            if isinstance(event, RunFinished):
                store.append(run_id, event.run, event.spent_usd)
            elif isinstance(event, RunsSetAside):
                store.set_aside(run_id, event.runs)
            elif isinstance(event, AnswerJudged):
                store.append_judgement(run_id, event.judgement, event.spent_usd)
            elif isinstance(event, ExperimentFinished):
                store.finish(event.report)
                status = event.report.status
            yield event
    except (asyncio.CancelledError, GeneratorExit):
        status = "left" if status == "failed" else status
        raise
    finally:
        if status in ("failed", "left"):
            store.break_off(run_id, status)


async def kept_study(study: Study, lab: Lab, store: Store, command: commands.Study) -> Ending:
    """Carry a study out; its end, once that is kept. Where it breaks off that is noted, and what broke it goes on."""
    head = lab.head()
    store.studies.begin(head, _now(), command)
    status = "failed"
    try:
        end = await study.carry_out(lab)
        store.studies.finish(end, _now(), upshot_of(end))
        status = end.head.status
        return end
    except asyncio.CancelledError:
        status = "left"
        raise
    finally:
        if status in ("failed", "left"):
            store.studies.break_off(head.study_id, _now(), status)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
