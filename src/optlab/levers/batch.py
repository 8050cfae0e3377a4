"""Message Batches: the same answers at half the price, some time within a day. Nobody may be waiting for them.

The runs of this lever are made one by one, so that usage and answers can be compared, and priced as a batch would be:
an exact share of the price, by arithmetic. What only a batch can tell, how long it waits, is learned from one real
batch of a few requests.
"""

from collections.abc import Mapping

import msgspec

from optlab.catalogue import load
from optlab.core.errors import UsageError
from optlab.core.request import Request
from optlab.core.scenario import ParamValue
from optlab.levers.lever import LeverSpec, Met, Param, Rewriting


def _rewrite(request: Request, params: Mapping[str, ParamValue]) -> Request:
    return msgspec.structs.replace(request, batched=True)


def _check(params: Mapping[str, ParamValue], met: Met) -> None:
    model = load().find(met.request.model)
    if model is not None and not model.capabilities.batch:
        raise UsageError(
            f"lever batch: {model.id} is not offered in batches; leave the lever out, or ask another model"
        )


BATCH = Rewriting(
    LeverSpec(
        name="batch",
        title="Message batch",
        symptom="nobody waits for the answers",
        does="sends requests as a batch, at half the price; answers come within a day",
        params=(
            Param("size", "int", 10, "requests of the one batch that is really submitted", low=1, high=100),
            Param("wait_s", "int", 300, "how long to wait for that batch", unit="seconds", low=1, high=86_400),
        ),
        primary="cost_usd",
        changes_text=False,
        excludes=(("streaming", "a batch answers all at once, when nobody watches"),),
        timed=False,
    ),
    _rewrite,
    _check,
)
