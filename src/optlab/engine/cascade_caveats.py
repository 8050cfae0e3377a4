"""Warnings about cascades: calls that failed or could not be read and so escalated, and what a stack does to them."""

from collections.abc import Iterator, Mapping, Sequence

from optlab.core.experiment import Experiment, Variant
from optlab.core.record import CUT, CallRecord, RunRecord
from optlab.core.report import Caveat
from optlab.core.verdict_words import read_scored

NAME = "cascade"


def cascade_caveats(experiment: Experiment, blocks: Sequence[Mapping[str, RunRecord]]) -> tuple[Caveat, ...]:
    """Every warning about the variants with a cascade, in the order of the variants."""
    found: list[Caveat] = []
    for variant in experiment.variants:
        levers = {choice.name for choice in variant.levers}
        runs = [block[variant.name] for block in blocks]
        if NAME in levers and runs:
            found += [*_silent(variant, runs), *_stacked(variant, levers, runs)]
    return tuple(found)


def _silent(variant: Variant, runs: Sequence[RunRecord]) -> Iterator[Caveat]:
    drafted = [run for run in runs if _got_through(_first_answer(run))]
    if len(drafted) < len(runs):
        yield Caveat(
            "draft_failed",
            f"the small model failed in {len(runs) - len(drafted)} of {len(runs)} runs of {variant.name}, and the big "
            "one answered instead; look at their errors before trusting the escalation rate",
        )
    asked = [verdicts for run in drafted if (verdicts := [c for c in run.calls if c.purpose == "judge"])]
    failed = sum(not _got_through(verdicts) for verdicts in asked)
    if failed:
        yield Caveat(
            "judge_failed",
            f"the judge failed in {failed} of {len(asked)} runs of {variant.name}, and each of them escalated; look at "
            "its errors before trusting the escalation rate",
        )
    replies = [call for verdicts in asked for call in verdicts if call.error is None]
    unread = sum(read_scored(c.text, truncated=c.stop_reason in CUT).verdict == "unreadable" for c in replies)
    if unread:
        yield Caveat(
            "judge_unreadable",
            f"{unread} of {len(replies)} verdicts in {variant.name} could not be read and counted as FAIL; ask more "
            "plainly (judge_prompt) or take another judge",
        )


def _stacked(variant: Variant, levers: set[str], runs: Sequence[RunRecord]) -> Iterator[Caveat]:
    if "streaming" in levers:
        yield Caveat(
            "cascade_streaming",
            f"in {variant.name} a draft is held back until the judge is done, so only the {_escalated(runs)} that "
            "escalated streamed",
        )
    if "max_tokens" in levers:
        yield Caveat(
            "cascade_max_tokens",
            f"in {variant.name} the cap holds for the answers of both models, not for the judge's replies",
        )
    if "caching" in levers:
        yield Caveat(
            "cascade_caching",
            f"in {variant.name} every model has a cache of its own, and only the {_escalated(runs)} that escalated "
            "keep the big one's alive: in real traffic it will be found less often than the small one's",
        )


def _escalated(runs: Sequence[RunRecord]) -> str:
    return f"{sum(run.escalated for run in runs)} of {len(runs)} runs"


def _first_answer(run: RunRecord) -> list[CallRecord]:
    """Every attempt at the first answer of a run."""
    answers = [call for call in run.calls if call.purpose == "answer"]
    return [call for number, call in enumerate(answers) if call.attempt == number + 1]


def _got_through(attempts: Sequence[CallRecord]) -> bool:
    return any(call.error is None for call in attempts)
