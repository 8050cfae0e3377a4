"""A cascade: a small model drafts, a hidden judge looks at the draft, and the big model answers what it lets not pass.

All calls are billed and waited for in series. Innermost in the stack: what arrives here is the request as every other
lever made it, so a cap and cache marks hold for both models' answers; only the big model's answer can stream, since a
draft is held back until the judge is done.
"""

from collections.abc import Mapping

import msgspec

from optlab.catalogue import load
from optlab.core.errors import UsageError
from optlab.core.record import CUT, CallRecord
from optlab.core.request import Request
from optlab.core.scenario import ParamValue
from optlab.core.verdict_words import Scored, read_scored
from optlab.levers.hidden_judge import asked_of, judging
from optlab.levers.lever import MODEL_ID, LeverSpec, Met, Param, Send

SMALL = "claude-haiku-4-5-20251001"

ACCOUNT_ERRORS = frozenset({"rate_limit", "auth", "billing"})
"""Failures that say something of the account and nothing of the cascade: the run ends with them and is set aside."""


def draft_request(request: Request, small: str) -> Request:
    """What the small model is asked: the same, not streamed, since nobody sees a draft as it arrives."""
    return msgspec.structs.replace(asked_of(request, small), stream=False, purpose="draft")


def score_of(reply: CallRecord) -> Scored:
    """What the judge's reply says."""
    return read_scored(reply.text, truncated=reply.stop_reason in CUT)


class Cascade:
    """Small model, judge, and where the judge does not let the draft pass, the big model."""

    spec = LeverSpec(
        name="cascade",
        title="Cascade",
        symptom="many questions are easy and a few are not",
        does="asks a small model first; a hidden judge sends what will not do to the big one, all calls billed",
        params=(
            Param("small", "str", SMALL, "the model that drafts", unit=MODEL_ID),
            Param("judge", "str", SMALL, "the model that judges the draft", unit=MODEL_ID),
            Param("big", "str", "", "the model that answers the rest; empty: the scenario's own", unit=MODEL_ID),
            Param("threshold", "int", 50, "the judge's score below which the big model answers", low=0, high=100),
            Param("judge_prompt", "str", "", "what the judge is asked of a draft; empty: whether it is right"),
        ),
        primary="cost_usd",
        changes_text=True,
        shown=("e2e",),
        excludes=(("batch", "its judge has to see a draft before it is known what else to ask"),),
    )

    def check(self, params: Mapping[str, ParamValue], met: Met) -> None:
        """Raise UsageError where small and big are one model: that could only cost more."""
        small, big = str(params["small"]), str(params["big"]) or met.request.model
        if _known_as(small) == _known_as(big):
            raise UsageError(
                f"lever cascade: its small and big model are both {big}, so it could only cost more; "
                "name another with small=… or big=…"
            )

    def wrap(self, send: Send, params: Mapping[str, ParamValue]) -> Send:
        """`send` behind the cascade. A draft or a judge that fails escalates."""
        small, judge, question = (str(params[name]) for name in ("small", "judge", "judge_prompt"))
        threshold = int(params["threshold"])

        async def cascaded(request: Request) -> CallRecord:
            draft = await send(draft_request(request, small))
            if _of_the_account(draft):
                return draft
            if draft.error is None:
                reply = await send(judging(request, draft.text, judge, question))
                if _of_the_account(reply):
                    return msgspec.structs.replace(draft, error=reply.error)
                if reply.error is None and score_of(reply).score >= threshold:
                    return draft
            return await send(asked_of(request, str(params["big"]) or request.model))

        return cascaded


def _known_as(name: str) -> str:
    model = load().find(name)
    return model.id if model else name


def _of_the_account(record: CallRecord) -> bool:
    return record.error is not None and record.error.kind in ACCOUNT_ERRORS


CASCADE = Cascade()
