"""What calls refused for quota say about the account, and whether they hit the arms alike."""

from collections import Counter
from collections.abc import Sequence

from optlab.core.experiment import Experiment
from optlab.core.record import RunRecord
from optlab.core.report import Caveat
from optlab.stats import mcnemar_exact


def quota_caveat(experiment: Experiment, pairs: int, stray: Sequence[RunRecord]) -> tuple[Caveat, ...]:
    """A warning where calls were refused for quota; `stray` holds their runs, `pairs` is how many pairs they spoilt.

    One pair may be refused several times, and a refused warm-up spoils none.
    """
    refused = Counter(run.variant for run in stray if run.error is not None and run.error.kind == "rate_limit")
    if not refused:
        return ()
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
    calls = f"{refused.total()} call{'' if refused.total() == 1 else 's'}"
    aside = f"; {pairs} pair{' was' if pairs == 1 else 's were'} set aside for it and made again" if pairs else ""
    words = f"a quota refused {calls} ({arms}){aside}{alike}; slow down or raise the limits"
    return (Caveat("quota", words),)
