"""Every event of an experiment is in the history before anybody is told of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from optlab.backends.backend import BackendInfo
from optlab.core.events import Event
from optlab.core.experiment import Experiment
from optlab.core.run_events import AnswerJudged, ExperimentFinished, RunFinished, RunsSetAside
from optlab.history import Store


async def kept(
    events: AsyncIterator[Event], store: Store, run_id: str, kind: str, experiment: Experiment, info: BackendInfo
) -> AsyncIterator[Event]:
    """The events of one experiment, each given on once it is kept. An end without a report is noted as such."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    store.begin(run_id, at, kind, experiment, info.provenance, info.speed)
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
