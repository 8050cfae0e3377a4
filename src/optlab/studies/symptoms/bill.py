"""The bill is high while waiting is fine: cut what is read, or leave the waiting out."""

import shlex

from optlab.core.advice_report import AdviceRow, Quantity
from optlab.core.prompt import Segment
from optlab.stats import quantile
from optlab.studies.evidence import Evidence, finite, tokens
from optlab.studies.symptoms.prefix import paid_share
from optlab.studies.symptoms.row import lacks_checks, run_command, with_


def high_bill(evidence: Evidence) -> AdviceRow:
    """Money is the trouble and waiting is not: cut what is read, or what is written, whichever costs more."""
    bill = 1000 * evidence.cost_usd
    waits = [run.latency_s(run.e2e_s) or 0.0 for run in evidence.runs]
    slow = quantile(waits, 0.9)
    quantities = [Quantity("bill", bill, "usd"), Quantity("high", evidence.high_usd, "usd", assumed=True)]
    row = AdviceRow("high bill", "no", "", "trim", quantities=tuple(quantities))
    if bill <= evidence.high_usd:
        return with_(row, why="1,000 calls cost {bill}; what is high is yours to say, {high} was assumed (--high)")
    fine = finite(slow) is not None and slow <= evidence.patience_s
    if finite(slow) is not None:
        quantities += [Quantity("p90", slow, "s"), Quantity("patience", evidence.patience_s, "s", assumed=True)]
    if not fine:
        why = "1,000 calls cost {bill}, and nine in ten end within {p90} only: waiting comes first"
        return with_(row, why=why if finite(slow) is not None else "too many calls fail", quantities=quantities)
    why = "1,000 calls cost {bill}, and nine in ten end within {p90}; a batch halves the bill where nobody waits"
    segment = largest_segment(evidence)
    if segment is None:
        return with_(
            row,
            holds="yes",
            lever="batch",
            why=why + ", and no segment may be cut",
            quantities=(*quantities, Quantity("call", evidence.cost_usd, "usd"), Quantity("batch", 0.5, "times")),
            formula="{call} x (1 - {batch})",
            saving_usd=0.5 * evidence.cost_usd,
            command=run_command(evidence, "--lever batch"),
            blocked="only where nobody waits for the answer",
        )
    size, paid = tokens(segment.text, evidence.scenario.model), paid_share(evidence)
    named = f"segment {segment.name!r}" + (", at what caching leaves to pay" if paid < 1 else "")
    return with_(
        row,
        holds="yes",
        why=why,
        quantities=(
            *quantities,
            Quantity("segment", size, "tokens", assumed=True),
            Quantity("input", evidence.rates.input, "usd_per_million"),
            *((Quantity("paid", round(paid, 3), "times", assumed=True),) if paid < 1 else ()),
        ),
        formula="{segment} x {input}" + (" x {paid}" if paid < 1 else "") + f", {named}",
        saving_usd=size * evidence.rates.input / 1e6 * paid,
        command=run_command(evidence, "--lever " + shlex.quote(f"trim:off={segment.name}")),
        blocked=lacks_checks(evidence),
    )


def largest_segment(evidence: Evidence) -> Segment | None:
    """The longest segment that is sent and may be cut, the last user text excepted."""
    prompt = evidence.scenario.prompt
    asked = {segment.name for segment in prompt.active("user")}
    free = [s for s in prompt.segments if s.on and s.trimmable and s.text.strip() and s.name not in asked]
    return max(free, key=lambda s: tokens(s.text, evidence.scenario.model), default=None)
