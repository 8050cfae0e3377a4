"""What of a prompt can go: searched on one half of the samples, verified on the other, put back where that fails.

The verdict is the verification's alone: the search only proposes. Each verification spends two thirds of the error rate
that is left, so that falling back and looking again never spends more than was declared.
"""

from collections.abc import Sequence
from functools import cached_property

import msgspec

from optlab.core.commands import FindCuts
from optlab.core.errors import UsageError
from optlab.core.experiment import Experiment, Variant
from optlab.core.prompt import Prompt
from optlab.core.record import RunRecord
from optlab.core.report import Caveat
from optlab.core.scenario import Scenario
from optlab.core.study import StudyKind
from optlab.core.study_events import CutsFound
from optlab.core.trim_report import Change, SearchEnd, TrimReport, Verification
from optlab.cuts.pieces import without
from optlab.engine.estimate import ceilings, estimate
from optlab.engine.guessing import AnswerLengths
from optlab.engine.pricing import Pricer
from optlab.levers import complete, stacked
from optlab.studies.benchmark import BASELINE
from optlab.studies.cut_cache import below_minimum, goal_below_minimum, primary_reason, uncached_card
from optlab.studies.cut_change import by_sample, change
from optlab.studies.cut_prompts import (
    FINER,
    checked,
    halves,
    piece_tokens,
    pieces_by,
    require_cuttable,
    saving,
    sendable,
    whole_tokens,
)
from optlab.studies.study import Lab, Stage
from optlab.studies.trim_oracle import CANDIDATE, Oracle
from optlab.studies.trim_outlook import Outlook, ground_of, outlook
from optlab.studies.trim_search import TrimSearch
from optlab.studies.trim_verdict import (
    about_answers,
    can_tell,
    lossy,
    said,
    too_few,
    too_little,
    verification_of,
    with_bill,
    with_change,
)

ALL_DEAD, THIRD = "all-dead", "third"
CALLS_A_PIECE = 2
"""The search makes at most so many calls a piece and sample of its half."""
SPENT_SHARE = 2 / 3
"""Of the error rate that is left, each verification spends this share."""
CHANGE_ITEMS, CHANGE_ANSWERS = 8, 3
"""Held-out samples that are answered so often by both prompts, for the change test."""
HEADROOM = 1.2


class TrimStudy:
    """The search, the verification, and the way back."""

    kind: StudyKind = "trim"

    def __init__(self, command: FindCuts, scenario: Scenario) -> None:
        """Raises UsageError where goal, samples or pieces make no search."""
        scenario = checked(scenario)
        self._command = command
        self._scenario = scenario
        self._seed = command.connection.seed
        self._levers = stacked(complete(choice, scenario) for choice in command.levers)
        self._half, self._held = halves(scenario, self._seed)
        self._whole = scenario if command.whole is None else msgspec.structs.replace(scenario, prompt=command.whole)
        self._held = msgspec.structs.replace(self._held, prompt=self._whole.prompt)
        wanted = _wanted(command.goal, scenario, self._whole)
        self._most_left = None if wanted is None else whole_tokens(scenario) - wanted
        probe = TrimSearch(self._half, command.by, wanted, 0)
        pieces = probe.rounds[0].pieces
        require_cuttable(scenario, pieces_by(scenario.prompt, FINER) if command.by == "auto" else pieces)
        most = sum(piece_tokens(scenario, piece) for piece in pieces)
        if wanted is not None and wanted > most:
            raise UsageError(f"the goal takes about {wanted:,.0f} tokens off, and only about {most:,} may go at all")
        self._most_calls = CALLS_A_PIECE * max(2, len(pieces)) * len(self._half.samples)
        self._search = TrimSearch(self._half, command.by, wanted, self._most_calls)
        self._ground = ground_of(self._half, pieces, command.by, wanted, self._most_calls)
        bare = without(scenario.prompt, [piece for piece in pieces if _in_front(scenario.prompt, piece.segment)])
        self._bare = bare if sendable(scenario, bare, scenario.samples) else scenario.prompt

    @cached_property
    def _outlook(self) -> Outlook:
        return outlook(self._ground, self._seed)

    def _oracle(self) -> Oracle:
        return Oracle(self._half, self._levers, self._seed)

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """All that it may make: the original's answers, the search at its longest, every verification."""
        searching = msgspec.structs.replace(self._oracle().baseline, pairs=self._most_calls)
        again = self._verifying(self._scenario.prompt, self._scenario.plan.alpha)
        first = self._verifying(self._bare, self._scenario.plan.alpha, "all that may go")
        more = (again,) * (self._most_looks() - 1)
        return (self._oracle().baseline, searching, first, *more, self._changing(self._scenario.prompt))

    def _most_looks(self) -> int:
        """How many verifications there can be: while the samples can tell, and each puts back a piece at least."""
        finer = pieces_by(self._scenario.prompt, FINER if self._command.by == "auto" else self._command.by)
        looks, left = 1, (1 - SPENT_SHARE) * self._scenario.plan.alpha
        most = sum(piece.cuttable for piece in finer) + self._cut_before  # what was cut before is looked at alone
        while looks < most and self._can_look(left):
            looks, left = looks + 1, (1 - SPENT_SHARE) * left
        return looks

    @property
    def _cut_before(self) -> bool:
        """Whether something was cut before the search, which is then verified with what the search cuts."""
        return self._whole.prompt != self._scenario.prompt

    def _verifying(self, prompt: Prompt, alpha: float, name: str = CANDIDATE) -> Experiment:
        return Experiment(
            scenario=self._held,
            variants=(Variant(BASELINE.name, self._levers), Variant(name, self._levers, prompt=prompt)),
            primary="cost_usd",
            primary_reason=primary_reason(self._scenario, self._levers),
            pairs=len(self._held.samples),
            alpha=alpha,
            seed=self._seed,
            rate_per_minute=self._scenario.traffic.per_minute,
        )

    def _changing(self, prompt: Prompt) -> Experiment:
        samples = self._held.samples[:CHANGE_ITEMS]
        return msgspec.structs.replace(
            self._verifying(prompt, self._scenario.plan.alpha),
            scenario=msgspec.structs.replace(self._held, samples=samples),
            pairs=len(samples) * (CHANGE_ANSWERS - 1),
            warm_up=False,
        )

    def warnings(self) -> tuple[Caveat, ...]:
        """A goal below the cache's minimum, and held-out samples too few for a verdict."""
        below = goal_below_minimum(self._whole, self._levers, self._most_left, self._bare)
        return tuple(filter(None, (below, self._too_few)))

    @property
    def _too_few(self) -> Caveat | None:
        plan = self._scenario.plan
        return too_few(len(self._held.samples), plan.quality_margin, SPENT_SHARE * plan.alpha, "held-out")

    def usual(self) -> tuple[Experiment, ...]:
        """The experiments of a search as long as such a one usually is."""
        verifying = self._verifying(self._bare, self._scenario.plan.alpha, "all that may go")
        baseline, calls = self._oracle().baseline, self._outlook.usual
        alone = (Variant("all that may go", self._levers, prompt=self._bare),)
        # Half of the search with the whole prompt, half with the barest: those that are tried lie between.
        whole = msgspec.structs.replace(baseline, pairs=calls - calls // 2)
        bare = msgspec.structs.replace(baseline, pairs=calls // 2, variants=alone)
        return (baseline, whole, bare, verifying, self._changing(self._bare))

    async def least_usd(self, pricer: Pricer, lengths: AnswerLengths) -> float:
        """What the original's answers, a search up to its first cut and the verification come to, as expected.

        A call is only made where the most that it can cost fits as well.
        """
        baseline = self._oracle().baseline
        first = (await estimate(baseline, pricer, 1.0, lengths)).expected_usd or 0.0
        search = self._outlook.early * first / baseline.pairs
        most = max((await ceilings(self._verifying(self._scenario.prompt, self._scenario.plan.alpha), pricer)).values())
        return first + search + self._reserve_usd(first / baseline.pairs, most, pricer) + most

    def _reserve_usd(self, mean_usd: float, most_usd: float, pricer: Pricer) -> float:
        """What the search leaves for its verification, by the mean and the most of one call of what it began with.

        What was cut before is in every second call of the verification.
        """
        more_usd = max(0.0, saving(self._whole, self._scenario.prompt, self._levers, pricer).usd_per_call)
        return HEADROOM * (len(self._held.samples) + 1) * (2 * mean_usd + more_usd) + most_usd

    async def carry_out(self, lab: Lab) -> CutsFound:
        """The search, then its verification, as far as budget and user let."""
        oracle, search = self._oracle(), self._search
        most = await ceilings(self._verifying(self._scenario.prompt, self._scenario.plan.alpha), lab.pricer)
        mean_usd = await oracle.ask_baseline(lab)
        ended: SearchEnd = "cancelled" if lab.stopped == "cancelled" else "budget"
        if mean_usd is not None:
            oracle.leave_usd = self._reserve_usd(mean_usd, max(most.values()), lab.pricer)
            ended = await search.run(lab, oracle) if oracle.answerable else "no right answer"
            if ended == "budget" and not oracle.calls:
                lab.stopped = "budget"
        verifications, stage = await self._verified(lab, search)
        last = verifications[-1] if verifications else None
        verified = last is not None and last.cut == search.cut and said(last, "better", "non-inferior")
        before_search = bool(search.cut) and last is not None and not last.cut and stage is not None
        before_search = before_search and stage is not None and lossy(stage, self._scenario.plan.quality_margin)
        if ended == "goal reached" and not search.reached:
            ended = "searched"  # what the held-out samples disproved is back
        final = search.prompt
        changed = await self._changed(lab, final, stage) if verified and stage else None
        if changed is not None:
            verifications[-1] = with_change(verifications[-1], changed)
        if verifications:
            verifications[-1] = with_bill(verifications[-1], lab.spent_usd)
        report = TrimReport(
            goal=self._command.goal,
            by=self._command.by,
            prompt=final,
            pieces=tuple(search.found(oracle)),
            saving=saving(self._whole, final, self._levers, lab.pricer),
            ended=ended,
            verified=verified,
            verifications=tuple(verifications),
            change=changed,
            search_items=len(self._half.samples),
            held_out=len(self._held.samples),
            tests=search.tests,
            search_calls=oracle.calls,
            margin=self._scenario.plan.quality_margin,
            loss_before_search=before_search,
        )
        estimate = report.card.primary.estimate if report.card else None
        told = (
            below_minimum(self._whole, self._levers, final),
            uncached_card(self._whole, self._levers, report.saving, estimate),
            self._too_few if stage else None,
        )
        caveats = (*filter(None, told), *(about_answers(stage.report.caveats) if stage else ()))
        if lab.stopped == "budget" and not oracle.calls:
            caveats = (too_little(lab.spent_usd + oracle.leave_usd),)
        if ended == "budget":
            lab.stopped = lab.stopped or "budget"  # what was left of it was for the verification, not enough to go on
        return CutsFound(head=lab.head(caveats), report=report)

    async def _verified(self, lab: Lab, search: TrimSearch) -> tuple[list[Verification], Stage | None]:
        """Verify what is cut; while a loss shows, put back what was cut last and look again with what alpha is left.

        Something that was cut before the search is looked at alone as soon as a loss shows: where the loss is there
        already, nothing of what the search found is to blame for it, and the looking ends. The last look that the
        samples allow is kept for the whole segments: where pieces of segments were cut too, all of those are put back
        before it.
        """
        done: list[tuple[Verification, Stage]] = []
        left = self._scenario.plan.alpha
        before_unknown = self._cut_before
        while search.cut or before_unknown:
            alone = not search.cut or (bool(done) and before_unknown)
            alpha = SPENT_SHARE * left
            left -= alpha
            prompt, cut = (self._scenario.prompt, ()) if alone else (search.prompt, search.cut)
            title = "what was cut before, on held-out samples" if alone else "verification on held-out samples"
            stage = await lab.run(self._verifying(prompt, alpha), title)
            if stage is None or not stage.report.cards:
                break
            done.append((verification_of(stage, cut, alpha), stage))
            lost = lossy(stage, self._scenario.plan.quality_margin)
            before_unknown = before_unknown and not alone
            if lost == alone:  # all of the cut holds, or what was cut before the search does not
                break
            if not self._can_look(left):
                if alone:
                    search.put_all_back()
                break
            if before_unknown:
                continue
            finer = not self._can_look((1 - SPENT_SHARE) * left) and search.put_back_finer()
            if not finer and not search.put_back():
                break
        if done and done[-1][0].cut and said(done[-1][0], "worse"):
            search.put_all_back()
        if not search.cut:
            done.sort(key=lambda one: not one[0].cut)  # what is left may have been looked at before
        return [one for one, _ in done], done[-1][1] if done else None

    def _can_look(self, left: float) -> bool:
        """Whether a verification could still exclude the margin with so much alpha left."""
        return can_tell(len(self._held.samples), self._scenario.plan.quality_margin, SPENT_SHARE * left)

    async def _changed(self, lab: Lab, prompt: Prompt, stage: Stage) -> Change:
        """The change test on a few held-out samples, with the answers of the verification among those compared."""
        again = await lab.run(self._changing(prompt), "did the answers change?")
        samples = {sample.id for sample in self._held.samples[:CHANGE_ITEMS]}
        runs: Sequence[RunRecord] = [
            run for run in (*stage.measured, *(again.measured if again else ())) if run.sample in samples
        ]
        return change(by_sample(runs, BASELINE.name, CANDIDATE), self._scenario.plan.alpha, self._seed)


def _wanted(goal: str, scenario: Scenario, original: Scenario) -> float | None:
    """Tokens that are still to go, by the offline estimate; None: all that can. A third is one of the original.

    Raises UsageError for any other goal, and for one that is reached.
    """
    if goal == ALL_DEAD:
        return None
    whole = whole_tokens(scenario)
    if goal == THIRD:
        first = whole_tokens(original)
        if whole <= first * 2 / 3:
            raise UsageError(f"a third is cut already: about {whole:,} of {first:,} tokens are left; test that cut")
        return whole - first * 2 / 3
    try:
        tokens = int(goal.replace(",", "").replace("_", ""))
    except ValueError:
        raise UsageError(f"--goal is {ALL_DEAD}, {THIRD}, or a number of tokens, not {goal!r}") from None
    if tokens < 1:
        raise UsageError(f"--goal is at least 1 token, not {tokens}")
    if tokens >= whole:
        raise UsageError(
            f"the prompt has about {whole:,} tokens already, so there is nothing to cut to reach {tokens:,}"
        )
    return float(whole - tokens)


def _in_front(prompt: Prompt, name: str) -> bool:
    return any(segment.name == name and segment.where in ("system", "tools") for segment in prompt.segments)
