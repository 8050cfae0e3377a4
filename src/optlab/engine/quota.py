"""What calls refused for quota say about the account, and whether they hit the arms alike."""

from collections import Counter
from collections.abc import Sequence

from optlab.core.experiment import Experiment
from optlab.core.record import RunRecord
from optlab.core.report import Caveat
from optlab.stats import mcnemar_exact


def quota_caveat(experiment: Experiment, set_aside: int, stray: Sequence[RunRecord]) -> tuple[Caveat, ...]:
    """A warning where `set_aside` pairs were refused for quota; `stray` holds their runs."""
    if not set_aside:
        return ()
    refused = Counter(run.variant for run in stray if run.error is not None and run.error.kind == "rate_limit")
    arms = ", ".join(f"{count} by {name}" for name, count in refused.items())
    base = refused[experiment.baseline.name]
    uneven = [
        variant.name
        for variant in experiment.candidates
        if mcnemar_exact(base, refused[variant.name]) <= experiment.alpha
    ]
    alike = f"; {', '.join(uneven)} and the baseline are refused too unevenly for chance"
    if not uneven:
        alike = "; that is no more uneven than chance" if experiment.candidates else ""
    words = (
        f"{set_aside} {'pair was' if set_aside == 1 else 'pairs were'} refused for quota ({arms}), set aside and made "
        f"again{alike}; slow down or raise the limits"
    )
    return (Caveat("quota", words),)
