"""What the trimming bench finds: whether a cut changes or spoils answers, what can go, what each piece contributes."""

from typing import Literal

import msgspec

from optlab.core.prompt import Prompt
from optlab.core.verdict import Card, Interval, Quality

ChangeWord = Literal["changed", "not proven", "cannot ring"]
PieceState = Literal["fixed", "dead", "needed", "untried"]
SearchEnd = Literal["searched", "goal reached", "call limit", "no right answer", "budget", "cancelled"]


class AnswerPair(msgspec.Struct, frozen=True):
    """Two answers to one sample, and how far they are apart (1 - ROUGE-L, in [0, 1])."""

    sample: str
    original: str
    trimmed: str
    distance: float


class Change(msgspec.Struct, frozen=True):
    """Whether the answers became others (energy test), with the prompts' own variation as yardstick.

    Distances are means of 1 - ROUGE-L over pairs of answers to one sample: of the original prompt among themselves, of
    the trimmed, and across. `answers` is how many of each prompt an item has at least; `smallest_p` the smallest p that
    so many can give: above the error rate the test cannot ring. `differing` are the most different answers, one pair a
    sample.
    """

    verdict: ChangeWord
    p: float | None
    items: int
    answers: int
    within_original: float | None
    within_trimmed: float | None
    across: float | None
    smallest_p: float
    differing: tuple[AnswerPair, ...] = ()


class Saving(msgspec.Struct, frozen=True):
    """What a cut saves: offline estimates of the prompt's tokens (`core.weight`), and USD per call at list price.

    `usd_per_call` prices the cut tokens as plain input. `cached_usd_per_call` is the difference of the two prompts with
    caching, each with what of it can really be cached: `cached_before` and `cached_after` tokens (None: of neither
    anything; below 0: the trimmed one costs more). `rewrite_usd` is the one write of the shorter prefix that a cut of
    cached text costs. `cache_lost`: what is left of the prefix is not cached any more.
    """

    tokens_before: int
    tokens_after: int
    usd_per_call: float
    cached_usd_per_call: float | None = None
    rewrite_usd: float = 0.0
    cache_lost: bool = False
    cached_before: int = 0
    cached_after: int = 0


class CutReport(msgspec.Struct, frozen=True):
    """One cut, tested: did the answers change, did they get worse. `card` is None where no pair was whole."""

    saving: Saving
    change: Change
    quality: Quality | None
    card: Card | None


class PieceFound(msgspec.Struct, frozen=True):
    """One piece of the prompt after a search. `tokens` is the offline estimate; `evidence` says why it is kept or not.

    A fixed one that is not kept is a tag: all that it held is cut.
    `trials` are the tests in which it was left out, `answers` how many of their answers counted. `words` are its first
    ones, printable and on one line, where it is finer than its segment.
    """

    name: str
    kind: str
    tokens: int
    kept: bool
    state: PieceState
    evidence: str
    trials: int = 0
    answers: int = 0
    words: str = ""


class Verification(msgspec.Struct, frozen=True):
    """A trimmed prompt against the original on held-out samples, at this error rate; `cut` names what was left out."""

    cut: tuple[str, ...]
    alpha: float
    card: Card | None
    mean_tokens_before: float | None = None
    mean_tokens_after: float | None = None


class TrimReport(msgspec.Struct, frozen=True):
    """What a search found. `prompt` is the trimmed one; the last of the `verifications` decides.

    `verified` tells that a loss of the margin is excluded on samples the search never saw. Where that was disproved the
    prompt is the one the search began with; but where what was cut before the search loses answers by itself
    (`loss_before_search`, which the last verification says) all that the search found is kept. `search_items` and
    `held_out` are numbers of samples, `tests` of questions that were asked.
    """

    goal: str
    by: str
    prompt: Prompt
    pieces: tuple[PieceFound, ...]
    saving: Saving
    ended: SearchEnd
    verified: bool
    verifications: tuple[Verification, ...]
    change: Change | None
    search_items: int
    held_out: int
    tests: int
    search_calls: int
    margin: float
    loss_before_search: bool = False

    @property
    def card(self) -> Card | None:
        """The card of the last verification."""
        return self.verifications[-1].card if self.verifications else None

    @property
    def card_of_prompt(self) -> Card | None:
        """The same where it is about `prompt`; None where something was put back since and not verified again."""
        cut = {piece.name for piece in self.pieces if not piece.kept and piece.state != "fixed"}
        return self.card if self.verifications and set(self.verifications[-1].cut) == cut else None


class HeatRow(msgspec.Struct, frozen=True):
    """One piece: what it contributes to quality, and what it costs.

    `points` is its Shapley value in points of mean score (0.05: five of a hundred answers); `interval` says for how
    much of that chance may stand. `usd_per_1000` is its input price over 1,000 calls, `usd_per_point` that price over
    the points at risk (None: nothing seen at risk). `words` as in `PieceFound`.
    """

    name: str
    kind: str
    tokens: int
    share: float
    usd_per_1000: float
    points: float
    interval: Interval
    usd_per_point: float | None
    words: str = ""


class HeatReport(msgspec.Struct, frozen=True):
    """Pieces by dollars saved per quality point at risk, most first. Quality of all and of none of them frame it.

    `orders` is how many orders of the pieces are averaged (every second a reverse), `evaluated` of `planned` sets were
    asked about, `recalled` of them in an earlier map that this one goes on with.
    """

    rows: tuple[HeatRow, ...]
    items: int
    orders: int
    planned: int
    evaluated: int
    recalled: int
    quality_all: float | None
    quality_none: float | None
