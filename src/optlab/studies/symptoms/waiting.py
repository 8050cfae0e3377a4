"""Somebody waits, or answers are good but slow. Thresholds on waiting are Miller's and Nielsen's.

A second keeps a thought together, ten seconds keep attention (AFIPS 1968; Usability Engineering 1993).
"""

from optlab.catalogue import load
from optlab.core.advice_report import AdviceRow, Quantity
from optlab.studies.evidence import Evidence, finite, passed
from optlab.studies.symptoms.row import NEEDS_CHECKS, run_command, with_

FLOW_S = 1.0
GOOD = 0.9
"""Share of answers that pass their checks from which on quality counts as good."""


def somebody_waits(evidence: Evidence) -> AdviceRow:
    """A person looks at nothing until the whole answer is there."""
    wait = evidence.seconds("first_visible")
    row = AdviceRow("somebody waits", "no", "", "streaming")
    quantities = [Quantity("wait", wait, "s")] if finite(wait) is not None else []
    if not quantities:
        return with_(row, holds="not measured", why="most calls failed")
    if evidence.streamed:
        return with_(row, why="the first text is there after {wait}; it streams already", quantities=quantities)
    if wait <= FLOW_S:
        return with_(row, why="the whole answer is there after {wait}, within a second", quantities=quantities)
    written = evidence.output_tokens
    quantities.append(Quantity("written", written, "tokens"))
    why = "nothing is seen for {wait}, until the whole answer is there"
    command = run_command(evidence, "--lever streaming")
    model = load().find(evidence.scenario.model)
    if model is None:
        return with_(row, holds="yes", why=why, quantities=quantities, command=command)
    speed = model.latency.profile.output_tokens_per_s.p50
    saving = min(wait, max(0.0, written - 1) / speed)
    if saving <= evidence.scenario.plan.delta_min * wait:
        why = "the whole answer is there after {wait}, but of {written} on average: there is nothing to watch grow"
        return with_(row, why=why, quantities=quantities)
    return with_(
        row,
        holds="yes",
        why=why,
        quantities=(*quantities, Quantity("speed", speed, "per_s", assumed=True)),
        formula="({written} - 1) / {speed}",
        saving_s=saving,
        command=command,
    )


def good_but_slow(evidence: Evidence) -> AdviceRow:
    """Answers are better than they need be and take long: a smaller model is faster at the same text."""
    right, judged = passed(evidence.runs)
    row = AdviceRow("good but slow", "not measured", "", "smaller_model")
    if not judged:
        return with_(row, why="no check says whether answers are good", blocked=NEEDS_CHECKS)
    took = evidence.seconds("e2e")
    quantities = [Quantity("right", right, "count"), Quantity("judged", judged, "count")]
    if finite(took) is None:
        return with_(row, why="most calls failed")
    quantities += [Quantity("took", took, "s"), Quantity("patience", evidence.patience_s, "s", assumed=True)]
    good, slow = right >= GOOD * judged, took > evidence.patience_s
    why = "{right} of {judged} answers pass, and one takes {took}"
    if not (good and slow) or evidence.small_model is None:
        end = "" if good and slow else f": {'good' if good else 'not good'} and {'slow' if slow else 'not slow'}"
        return with_(row, holds="no", why=why + end + " (slow is above {patience})", quantities=quantities)
    saving, formula, more = _faster(evidence, took)
    return with_(
        row,
        holds="yes",
        why=why,
        quantities=(*quantities, *more),
        formula=formula,
        saving_s=saving,
        command=run_command(evidence, f"--lever smaller_model:model={evidence.small_model} --primary e2e"),
    )


def _faster(evidence: Evidence, took: float) -> tuple[float | None, str, tuple[Quantity, ...]]:
    """(Seconds a smaller model saves, the formula, its quantities): measured, else by the speeds of the catalogue."""
    if evidence.small:
        quick = evidence.seconds("e2e", evidence.small)
        if finite(quick) is None:
            return None, "", ()
        return took - quick, "{took} - {quick}", (Quantity("quick", quick, "s"),)
    models = (load().find(evidence.scenario.model), load().find(evidence.small_model or ""))
    if models[0] is None or models[1] is None:
        return None, "", ()
    speeds = [model.latency.profile.output_tokens_per_s.p50 for model in models if model]
    saving = evidence.output_tokens / speeds[0] - evidence.output_tokens / speeds[1]
    return (
        max(0.0, saving),
        "{written} / {speed} - {written} / {quicker}",
        (
            Quantity("written", evidence.output_tokens, "tokens"),
            Quantity("speed", speeds[0], "per_s", assumed=True),
            Quantity("quicker", speeds[1], "per_s", assumed=True),
        ),
    )
