"""Money while a run goes on: the call that could cross the cap is not made.

Before a call an upper bound of its price is reserved, so that calls under way at the same time cannot cross the cap
together; after it the bill takes the reservation's place.
"""

import math

import msgspec

from optlab.catalogue import load
from optlab.core.record import CallRecord, RunRecord
from optlab.core.request import Request
from optlab.core.usage import Terms
from optlab.engine.pricing import Pricer

MARGIN = 1.25
"""How far above the densest prompt seen (tokens per byte) the next one is taken to be."""

UNBILLED = frozenset({"auth", "billing", "bad_request", "rate_limit", "overloaded", "server"})
"""Kinds of errors that always come as an answer with an error status: such a call is not billed.

A time-out is billed or not: as a status (408) it is an answer too, without one nobody can say.
"""


class BudgetStop(Exception):
    """Raised instead of making a call that could cross the cap. `record`: the run so far, where part of it was paid."""

    def __init__(self, record: RunRecord | None = None) -> None:
        super().__init__("the next call could cross the budget")
        self.record = record


class Budget:
    """Spent so far, and whether the next call still fits. `cap_usd` None: no cap, only the account.

    `unknown_usd` is the part of `spent_usd` that no response named: what calls without a known bill may have cost.
    """

    def __init__(self, cap_usd: float | None, pricer: Pricer) -> None:
        self.cap_usd = cap_usd
        self.spent_usd = 0.0
        self.unknown_usd = 0.0
        self._reserved_usd = 0.0
        self._pricer = pricer
        self._tokens_per_byte: dict[str, float] = {}
        self._hidden_tokens: dict[str, int] = {}
        self._terms: dict[str, Terms] = {}

    @property
    def at_most_usd(self) -> float:
        """What has been spent, with what is still under way taken at its most."""
        return self.spent_usd + self._reserved_usd

    @property
    def unbilled_usd(self) -> float:
        """The part of `at_most_usd` that no response named."""
        return self.unknown_usd + self._reserved_usd

    def admit(self, request: Request, *, in_batch: bool = False) -> float:
        """Reserve the most this call can cost and give that back, in USD. Raises BudgetStop where it does not fit.

        `in_batch`: the call is really one of a batch, and billed as such.
        """
        # No token is shorter than a byte, which bounds a prompt of a model that has not counted one yet.
        prompt_tokens = math.ceil(prompt_bytes(request) * self._tokens_per_byte.get(request.model, 1.0))
        prompt_tokens += self._hidden_tokens.get(request.model, _frame_tokens(request.model))
        terms = msgspec.structs.replace(self._terms.get(request.model, Terms()), batch=in_batch)
        most = self._pricer.ceiling_usd(request.model, prompt_tokens, request.max_tokens, terms=terms)
        if self.cap_usd is not None and not self.at_most_usd + most <= self.cap_usd:
            raise BudgetStop
        self._reserved_usd += most
        return most

    def settle(self, request: Request, record: CallRecord, reserved_usd: float, *, in_batch: bool = False) -> None:
        """Put the bill of a call in the place of its reservation, and learn how dense prompts are.

        A call that broke off without an answer may have been billed in full: its reservation counts as spent. Where it
        was `in_batch`, that stands in the bill of its batch.
        """
        self._reserved_usd -= reserved_usd
        error = record.error
        unknown = error is not None and error.kind not in UNBILLED and error.status is None
        billed = record.cost.total_usd if record.paid_usd is None else record.paid_usd
        self.spent_usd += billed
        if unknown:
            self._take_at_most(max(0.0, reserved_usd - billed), told=in_batch)
        if not record.error:
            # What an account is billed on (US-only inference, fast mode) shows in its answers; the next is alike.
            self._terms[request.model] = msgspec.structs.replace(record.terms, batch=False)
        size = prompt_bytes(request)
        if record.usage.prompt_tokens and size:
            density = min(1.0, MARGIN * record.usage.prompt_tokens / size)
            before = self._tokens_per_byte.get(request.model, 0.0)
            self._tokens_per_byte[request.model] = max(before, density)
            # What a server puts around a prompt, most of all around tools, shows where tokens outnumber bytes.
            frame = self._hidden_tokens.get(request.model, _frame_tokens(request.model))
            self._hidden_tokens[request.model] = max(frame, record.usage.prompt_tokens - size)

    def forfeit(self, reserved_usd: float) -> None:
        """Take a call that was sent, and whose bill nobody can know, at the most it can have cost."""
        self._reserved_usd -= reserved_usd
        self._take_at_most(reserved_usd)

    def _take_at_most(self, usd: float, *, told: bool = False) -> None:
        self.spent_usd += usd
        self.unknown_usd += 0.0 if told else usd


def _frame_tokens(model_id: str) -> int:
    """Tokens that the API adds to every prompt of this model, as far as the catalogue knows."""
    model = load().find(model_id)
    return model.tokenizer.message_frame_tokens if model else 0


def prompt_bytes(request: Request) -> int:
    """Bytes of everything the model reads."""
    return sum(len(text.encode()) for text in request.texts())
