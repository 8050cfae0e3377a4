"""Failures of a call that end a run."""

from optlab.backends.backend import BackendInfo
from optlab.core.errors import BadRequestError, RefusedError, UnreachableError
from optlab.core.experiment import Variant
from optlab.core.record import CallError


def raise_for(error: CallError, variant: Variant, info: BackendInfo) -> None:
    """Turn a failure that no further call would mend into an exception with its sentence."""
    where = f"variant {variant.name!r}"
    if error.kind in ("auth", "billing"):
        raise RefusedError(f"{info.server} refused {where}: {error.sentence}; check the credential and its balance")
    if error.kind == "bad_request":
        raise BadRequestError(
            f"{info.server} calls the request of {where} bad: {error.sentence}; change the scenario or lever"
        )
    raise UnreachableError(f"{info.server} gave no answer to {where}: {error.sentence}; try again later")
