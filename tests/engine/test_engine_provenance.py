"""Measured and simulated figures never meet in one run."""

from typing import Any

import msgspec
import pytest
from judging_builders import BASE, JUDGE_MODEL, SMALL, by_model, experiment, says, scenario

from optlab.backends.backend import BackendInfo
from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.errors import UnreachableError
from optlab.core.events import Event
from optlab.core.record import CallRecord, Provenance
from optlab.core.request import Request
from optlab.core.run_events import ExperimentFinished
from optlab.engine.pricing import Pricer
from optlab.engine.runner import run


class Turning(ScriptedBackend):
    """From some call on another server answers behind the same address."""

    def __init__(self, turns: dict[str, Any], model: str | None, after: int) -> None:
        def script(request: Request, n: int) -> Reply:
            return says("PASS") if request.model == JUDGE_MODEL else by_model(request, n)

        super().__init__(script)
        self._turns, self._model, self._after = turns, model, after

    async def send(self, request: Request, **more: Any) -> CallRecord:
        """As scripted, and then as something else."""
        record = await super().send(request, **more)
        theirs = len(self.requests) > self._after and self._model in (None, request.model)
        return msgspec.structs.replace(record, **self._turns) if theirs else record


@pytest.mark.parametrize("turns", [{"provenance": Provenance.MEASURED}, {"speed": 50.0}])
@pytest.mark.parametrize("model, after", [(None, 0), (None, 5), (JUDGE_MODEL, 0)])
async def test_another_kind_of_server_ends_the_run(turns: dict[str, Any], model: str | None, after: int) -> None:
    backend = Turning(turns, model, after)
    info: BackendInfo = await backend.open()
    events: list[Event] = []
    try:
        async for event in run(experiment(BASE, SMALL, of=scenario()), backend, info, Pricer(), run_id="run"):
            events.append(event)  # noqa: PERF401 - what came before the error counts
        last = events[-1]
        assert isinstance(last, ExperimentFinished) and last.report.failure is not None
        words = last.report.failure.sentence
        assert last.report.unknown_usd > 0, "the stranger's answer may have cost something"
    except UnreachableError as error:
        words = str(error)
        assert not any(isinstance(event, ExperimentFinished) for event in events)
    assert "figures of both cannot be compared" in words
    assert any(isinstance(event, ExperimentFinished) for event in events) == (after > 0 or model is not None)
