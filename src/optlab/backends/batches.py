"""What every backend can do with batches: submit one, look how far it is, fetch what came of it, stop it."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from optlab.core.record import CallError, CallRecord
from optlab.core.request import Request


class BatchRefused(Exception):
    """A server that would not do what was asked of it, or could not be heard."""

    def __init__(self, error: CallError) -> None:
        super().__init__(error.sentence)
        self.error = error


class BatchStatus(msgspec.Struct, frozen=True):
    """A batch as the server last described it; its counts are all 0 until it has ended.

    `waited_s` is the model time from its making to its end, None before.
    """

    id: str
    waited_s: float | None = None
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0

    @property
    def ended(self) -> bool:
        """Whether every request of it has its result."""
        return self.waited_s is not None


class Batches(Protocol):
    """The batches of one backend. Every method raises BatchRefused where the server does not comply."""

    async def submit(self, requests: Sequence[Request]) -> BatchStatus:
        """Hand in a batch of requests."""
        ...

    async def status(self, batch_id: str) -> BatchStatus:
        """How far a batch is."""
        ...

    async def results(self, batch_id: str, requests: Sequence[Request]) -> tuple[CallRecord, ...]:
        """What came of each request, in their order, of a batch that has ended. Records tell no times."""
        ...

    async def cancel(self, batch_id: str) -> None:
        """Ask for what has not begun to be left undone."""
        ...
