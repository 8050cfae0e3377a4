"""Which failed calls are made again, and when. The client's own retries are off: they would pass for latency.

A call is made again only where nothing of an answer had arrived: 408, 409, 5xx and 529, a broken connection, a time-out
before the first byte. A refusal for quota (429) is not among them, for it spoils the whole pair; the runner makes that
again.
"""

from optlab.core.record import CallError, CallRecord, ErrorKind

MAY_PASS: frozenset[ErrorKind] = frozenset({"connection", "timeout", "overloaded", "server"})
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 120.0


def may_pass(record: CallRecord) -> bool:
    """Whether the same call made again may succeed, and nothing of an answer would be paid for twice."""
    return record.error is not None and record.error.kind in MAY_PASS and record.first_event_at_s is None


def pause_s(error: CallError | None, attempt: int, speed: float = 1.0) -> float:
    """Wall seconds to wait behind the failed `attempt` (from 1): as the server asks, else doubling from a second.

    Without a wish of the server's, waits shrink with the `speed` of a simulation like everything else; none is longer
    than two minutes.
    """
    if error is not None and error.retry_after_s is not None:
        return min(error.retry_after_s, LONGEST_PAUSE_S)
    return min(FIRST_PAUSE_S * 2.0 ** (attempt - 1) / speed, LONGEST_PAUSE_S)
