"""One run, one kind of figures: measured, simulated and replayed ones never share a mean, a cell or a verdict."""

from optlab.backends.backend import BackendInfo
from optlab.core.errors import UnreachableError
from optlab.core.record import CallRecord, Provenance


def require_one_source(record: CallRecord, info: BackendInfo) -> None:
    """Raise UnreachableError where a call is of another kind, or at another speed, than the run was opened with.

    That happens where another server answers behind the same address: a proxy, or one started in the other's place.
    """
    unasked = record.provenance is Provenance.MEASURED and not info.charges
    billed = "; that call may have been billed" if unasked else ""
    if (record.provenance, record.speed) != (info.provenance, info.speed):
        raise UnreachableError(
            f"{info.server} said it was {info.provenance.value} at speed {info.speed:g} and answered a call as "
            f"{record.provenance.value} at speed {record.speed:g}; figures of both cannot be compared, so run it "
            f"again{billed}"
        )
