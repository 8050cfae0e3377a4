"""What the search for dead pieces gets right, at which price: `python benchmarks/trim_search.py [SEEDS] [WORD …]`.

votes: the search alone, with wrong answers injected. oracle: one test, by how many answers. scripted: whole studies on
the scripted backend, with wrong answers and with wrong verdicts injected. simulator: the bundled trim_bench.
"""

import asyncio
import inspect
import random
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "studies"), str(ROOT / "scenarios")]

from recipes import trim_bench  # noqa: E402
from trim_bed import Bed, World  # noqa: E402

from optlab.backends.simulated import SimulatedBackend  # noqa: E402
from optlab.core.commands import Connection, FindCuts  # noqa: E402
from optlab.core.events import Event  # noqa: E402
from optlab.core.experiment import Experiment  # noqa: E402
from optlab.core.study_events import CutsFound  # noqa: E402
from optlab.engine.pricing import Pricer  # noqa: E402
from optlab.engine.runner import Enough, run  # noqa: E402
from optlab.engine.scenarios import load  # noqa: E402
from optlab.stats import NoisySearch, decide_quality, noisy_search  # noqa: E402
from optlab.studies.study import Lab  # noqa: E402
from optlab.studies.trim_oracle import LEAST_NOISE, Oracle, Trial, Walk  # noqa: E402
from optlab.studies.trimming import TrimStudy  # noqa: E402

WRONG = 0.05
MARGIN = 0.1
HALF = 60


def votes(seeds: int) -> Iterator[str]:
    """Pieces, needed ones, lead of votes: how often all is right, tests made."""
    runs = 50 * seeds
    for pieces, needed in ((16, 5), (20, 1), (20, 3), (20, 10), (40, 6)):
        for lead in (1, 2, 3):
            noisy_search.LEAD = lead
            found = [_voted(pieces, needed, seed) for seed in range(runs)]
            right = fmean(ok for ok, _ in found)
            yield f"| {pieces} | {needed} | {lead} | {right:.3f} | {fmean(n for _, n in found):.1f} |"
    noisy_search.LEAD = 3


def _voted(pieces: int, needed: int, seed: int) -> tuple[bool, int]:
    draw = random.Random(seed)
    kept = set(draw.sample(range(pieces), needed))
    search, tests = NoisySearch([1.0] * pieces), 0
    steps = search.steps()
    try:
        ask = next(steps)
        while True:
            tests += 1
            ask = steps.send((not ask.cut & kept) == (draw.random() >= WRONG))
    except StopIteration:
        cut = len(search.gone - kept)
        return not search.gone & kept and cut >= 0.9 * (pieces - needed), tests


def oracle(seeds: int) -> Iterator[str]:
    """One test on 60 samples by three rules: how often it says good, and after how many answers."""
    runs = 200 * seeds
    rules: dict[str, Callable[[list[float]], tuple[bool, int]]] = {
        "this one": _walk, "non-inferiority, looked at on the way": _proof, "no loss in 12": _none_in_twelve,
    }  # fmt: skip
    for lost, what in ((0.0, "nothing"), (0.1, "the margin"), (0.2, "a fifth")):
        for name, rule in rules.items():
            draw = random.Random(f"{what}:{name}")
            found = [rule([float(draw.random() < 0.02 + lost) for _ in range(HALF)]) for _ in range(runs)]
            yield f"| {what} | {name} | {fmean(g for g, _ in found):.3f} | {fmean(n for _, n in found):.1f} |"


def _walk(losses: list[float]) -> tuple[bool, int]:
    walk = Walk(LEAST_NOISE, MARGIN)
    for number, loss in enumerate(losses, 1):
        walk.add(loss)
        if walk.decided is not None:
            return walk.decided, number
    return walk.verdict, len(losses)


def _proof(losses: list[float]) -> tuple[bool, int]:
    found = decide_quality([(1.0, 1.0 - loss) for loss in losses], MARGIN, HALF)
    return found.verdict in ("better", "non-inferior"), found.items


def _none_in_twelve(losses: list[float]) -> tuple[bool, int]:
    for number, loss in enumerate(losses[:12], 1):
        if loss:
            return False, number
    return True, 12


class Lying(Oracle):
    """An oracle one of whose verdicts in twenty is turned round."""

    liar = random.Random(0)

    async def test(self, *given: Any, **named: Any) -> Trial:
        """See Oracle.test."""
        trial = await super().test(*given, **named)
        if trial.good is not None and self.liar.random() < WRONG:
            trial = msgspec.structs.replace(trial, good=not trial.good)
            self.trials[-1] = trial
        return trial


class LyingStudy(TrimStudy):
    """The study with the lying oracle."""

    def _oracle(self) -> Oracle:
        return Lying(self._half, self._levers, self._seed)


async def scripted(seeds: int) -> list[str]:
    """Whole studies in scripted worlds: 16 pieces, 5 of them needed, 120 samples."""
    rows = []
    for wrong, study in ((0.0, TrimStudy), (0.0, LyingStudy), (WRONG, TrimStudy), (WRONG, LyingStudy)):
        ends = []
        for seed in range(seeds):
            world = World(seed, wrong=wrong)
            Lying.liar = random.Random(seed)
            bed = Bed(world, world.scenario, "trim")
            command = FindCuts("x", connection=Connection(seed=seed))
            end = await study(command, world.scenario).carry_out(await bed.lab(seed=seed))
            ends.append((end, world.needed, world.dead))
        rows.append(f"| {wrong:.0%} | {'5%' if study is LyingStudy else '0%'} " + _row(ends))
    return rows


async def simulator(seeds: int) -> list[str]:
    """The bundled scenario on the embedded simulator, within its own budget of $1."""
    ends = []
    scenario = load("trim_bench")
    needed = set(trim_bench.ASKED)
    dead = {s.name for s in scenario.prompt.segments if s.trimmable} - needed
    for seed in range(seeds):
        backend = SimulatedBackend(seed=seed, speed=3000.0)
        info = await backend.open()

        def carry(
            experiment: Experiment, run_id: str, enough: Enough | None = None, backend: Any = backend, info: Any = info
        ) -> AsyncIterator[Event]:
            return run(experiment, backend, info, Pricer(), run_id=run_id, enough=enough)

        lab = Lab("study", "trim", scenario, seed, info, carry, lambda event: None, scenario.plan.budget_usd)
        end = await TrimStudy(_command(seed), scenario).carry_out(lab)
        await backend.close()
        ends.append((end, needed, dead))
    return [f"| {_row(ends).removeprefix('| ')}"]


def _command(seed: int) -> FindCuts:
    return FindCuts("trim_bench", connection=Connection(seed=seed))


def _row(ends: list[tuple[Event, Any, Any]]) -> str:
    right, verified, tests, calls, usd = [], [], [], [], []
    for end, needed, dead in ends:
        assert isinstance(end, CutsFound)
        size = {piece.name: piece.tokens for piece in end.report.pieces}
        cut = {piece.name for piece in end.report.pieces if not piece.kept}
        gone = sum(size[name] for name in cut & dead) / sum(size[name] for name in dead)
        right.append(gone >= 0.9 and not cut & needed)
        verified.append(end.report.verified)
        tests.append(end.report.tests)
        calls.append(end.head.calls)
        usd.append(end.head.cost_usd)
    return (
        f"| {sum(right)} of {len(right)} | {sum(verified)} | {fmean(tests):.0f} | {fmean(calls):.0f} | "
        f"${fmean(usd):.2f} |"
    )


def main() -> None:
    """Every part, or those named."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    named = sys.argv[2:]
    parts: dict[str, Callable[[int], Any]] = {
        "votes": votes, "oracle": oracle, "scripted": scripted, "simulator": simulator,
    }  # fmt: skip
    for name, part in parts.items():
        if not named or name in named:
            found = part(seeds)
            print(name, *(asyncio.run(found) if inspect.iscoroutine(found) else found), sep="\n", flush=True)


if __name__ == "__main__":
    main()
