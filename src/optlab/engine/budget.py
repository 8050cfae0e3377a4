"""Money while a run goes on: the call that could cross the cap is not made."""

from optlab.core.request import Request
from optlab.engine.pricing import Pricer

MARGIN = 1.25
"""How far above the densest prompt seen (tokens per byte) the next one is taken to be."""


class BudgetStop(Exception):
    """Raised instead of making a call that could cross the cap."""


class Budget:
    """Spent so far, and whether the next call still fits. `cap_usd` None: no cap, only the account."""

    def __init__(self, cap_usd: float | None, pricer: Pricer) -> None:
        self.cap_usd = cap_usd
        self.spent_usd = 0.0
        self._pricer = pricer
        self._tokens_per_byte = 1.0  # no token is shorter than a byte, so this bounds a prompt never counted before

    def admit(self, request: Request) -> None:
        """Raise BudgetStop where this call could cost more than what is left."""
        if self.cap_usd is None:
            return
        prompt = round(prompt_bytes(request) * self._tokens_per_byte)
        most = self._pricer.ceiling_usd(request.model, prompt, request.max_tokens)
        if self.spent_usd + most > self.cap_usd:
            raise BudgetStop

    def settle(self, cost_usd: float, prompt_tokens: int, sent_bytes: int) -> None:
        """Account for a call made, and learn how dense prompts are."""
        self.spent_usd += cost_usd
        if prompt_tokens and sent_bytes:
            self._tokens_per_byte = min(1.0, MARGIN * prompt_tokens / sent_bytes)


def prompt_bytes(request: Request) -> int:
    """Bytes of everything the model reads."""
    return sum(len(text.encode()) for text in request.texts())
