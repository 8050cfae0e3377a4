"""What became of the one batch that is really submitted for a variant under the lever `batch`."""

from typing import Literal

import msgspec

from optlab.core.usage import Usage

BatchState = Literal["waiting", "ended", "given up", "not sent"]
"""On its way; over; not over within the time that anybody wanted to wait; or never taken in."""


class BatchOutcome(msgspec.Struct, frozen=True):
    """One batch of `requests` calls, as last seen.

    `waited_s` is model time from its making to its end, by the server's own stamps where it has ended, else as long as
    we have waited. `cost_usd` is its bill: of one that was given up, or whose sending broke off without an answer, the
    most it can be, as nobody knows it yet.
    `note` says in a few words why it was not sent or given up.
    """

    variant: str
    requests: int
    state: BatchState
    id: str = ""
    waited_s: float = 0.0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0
    usage: Usage = Usage()
    cost_usd: float = 0.0
    note: str = ""
