"""Experiments with a judge on a scripted backend: the answers and the judge's replies are given by functions."""

from collections.abc import Callable
from typing import Any

from optlab.backends.scripted import Reply, ScriptedBackend
from optlab.core.errors import OptlabError
from optlab.core.events import Event
from optlab.core.experiment import Experiment, LeverChoice, Variant
from optlab.core.prompt import Prompt, Segment
from optlab.core.record import CallError, Judgement, RunRecord
from optlab.core.report import Judging, Report
from optlab.core.request import Request
from optlab.core.run_events import AnswerJudged, ExperimentFinished, RunFinished
from optlab.core.scenario import CheckSpec, Plan, Sample, Scenario
from optlab.core.usage import Usage
from optlab.engine.control import Control
from optlab.engine.pricing import Pricer
from optlab.engine.runner import run

BASE = Variant("baseline")
SMALL = Variant("smaller_model", (LeverChoice("smaller_model"),))
OTHER = Variant("max_tokens", (LeverChoice("max_tokens", {"cap": 50}),))
JUDGE_MODEL = "claude-opus-4-8"
JUDGE_USD = (40 * 5 + 2 * 25) / 1e6
"""What one scripted reply of the judge costs."""

LABELS = [
    {"answer": "right A", "pass": True},
    {"answer": "right B", "pass": True},
    {"answer": "wrong A", "pass": False, "sample": "s1"},
    {"answer": "wrong B", "pass": False},
]


def scenario(
    samples: int = 4, *, judged: int | None = None, plan: dict[str, Any] | None = None, **judge: Any
) -> Scenario:
    """Samples of which the first `judged` (all, unless said) are judged."""
    spec = CheckSpec("judge", {"model": JUDGE_MODEL, "rubric": "Says {word}.", **judge})
    many = samples if judged is None else judged
    return Scenario(
        name="Judged",
        model="claude-sonnet-4-6",
        max_tokens=100,
        prompt=Prompt((Segment("rules", "system", "Be brief."), Segment("question", "user", "Explain {word}."))),
        samples=tuple(Sample(f"s{i}", {"word": f"w{i}"}, (spec,) if i < many else ()) for i in range(samples)),
        plan=Plan(**(plan or {})),
    )


def experiment(*variants: Variant, of: Scenario, **more: Any) -> Experiment:
    given: dict[str, Any] = {"primary": "cost_usd", "primary_reason": "a test", "pairs": 4, "alpha": 0.05}
    return Experiment(scenario=of, variants=variants or (BASE, SMALL), **(given | more))


def judges(request: Request) -> bool:
    """Whether a request asks the judge."""
    return request.model == JUDGE_MODEL


def text_of(request: Request) -> str:
    """What the user's turn says."""
    return request.messages[0].blocks[0].text


def part(request: Request, name: str) -> str:
    """What stands inside a tag of a judge's request."""
    return text_of(request).split(f"<{name}>\n")[1].split(f"\n</{name}>")[0]


def says(text: str, **more: Any) -> Reply:
    """A reply of the judge."""
    given: dict[str, Any] = {"ends_after_s": 0.25, "usage": Usage(input_tokens=40, output_tokens=2)}
    return Reply(((0.1, text),), **(given | more))


def fails(kind: Any, retry_after_s: float | None = None) -> Reply:
    """A call that fails."""
    return Reply((), 0.25, Usage(), "", CallError(kind, f"told to fail: {kind}", None, retry_after_s))


def by_model(request: Request, n: int) -> Reply:
    """Each model has an answer of its own; no two are alike."""
    return Reply(((0.5, f"{'big' if 'sonnet' in request.model else 'small'} {n}"),), 1.0)


class Outcome:
    """All that came of a run."""

    def __init__(self, backend: ScriptedBackend) -> None:
        self.backend = backend
        self.events: list[Event] = []
        self.error: OptlabError | None = None

    @property
    def runs(self) -> list[RunRecord]:
        return [e.run for e in self.events if isinstance(e, RunFinished)]

    @property
    def judgements(self) -> list[Judgement]:
        return [e.judgement for e in self.events if isinstance(e, AnswerJudged)]

    def of(self, *purposes: str) -> list[Judgement]:
        return [j for j in self.judgements if j.purpose in purposes]

    @property
    def report(self) -> Report:
        last = self.events[-1]
        assert isinstance(last, ExperimentFinished)
        return last.report

    @property
    def judging(self) -> Judging:
        (judging,) = self.report.judging
        return judging

    def caveats(self) -> dict[str, str]:
        return {c.code: c.sentence for c in self.report.caveats}


async def carry_out(
    wanted: Experiment,
    verdict: Callable[[Request, int], Reply],
    answer: Callable[[Request, int], Reply] = by_model,
    watch: Callable[[Event, Control], None] | None = None,
) -> Outcome:
    """Run it; `verdict` replies to the judge's calls, counted from 0, `answer` to all others."""
    asked = [0, 0]

    def script(request: Request, n: int) -> Reply:
        judge = judges(request)
        asked[judge] += 1
        return (verdict if judge else answer)(request, asked[judge] - 1)

    backend, control = ScriptedBackend(script), Control()
    outcome = Outcome(backend)
    try:
        async for event in run(wanted, backend, await backend.open(), Pricer(), run_id="run", control=control):
            outcome.events.append(event)
            if watch:
                watch(event, control)
    except OptlabError as error:
        outcome.error = error
    return outcome
