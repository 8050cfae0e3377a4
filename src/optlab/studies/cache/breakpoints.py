"""The cheapest breakpoints for the requests of a log: every choice of at most four, replayed.

Candidates are the ends of common prefixes, as block numbers from the beginning, and the last block of each request
(what automatic caching marks). Each template of the log is asked on its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final, NamedTuple

from optlab.catalogue import Rates
from optlab.core.cache_report import Breakpoints, PlanName
from optlab.core.errors import UsageError
from optlab.engine.pricing import Pricer
from optlab.studies.cache.asked import Asked
from optlab.studies.cache.books import LIFETIME_S, LOOK_BACK, wait_s
from optlab.studies.cache.doctor import Examined, examine

LAST: Final = -1
"""The last block of a request, whatever its number."""

_MOST_TEMPLATES: Final = 5
_MOST_CANDIDATES: Final = 7
_MANY: Final = 2_000
_CANDIDATES_OF_MANY: Final = 5
"""Of a long log the candidates that share the fewest tokens are left out, so that the replays take seconds."""


class Choice(NamedTuple):
    """Breakpoints and a lifetime, with the bill of all requests in USD."""

    usd: float
    ends: tuple[int, ...]
    ttl: PlanName


class Chosen(NamedTuple):
    """The cheapest breakpoints of one template, with its requests."""

    breakpoints: Breakpoints
    choice: Choice
    requests: tuple[Asked, ...]


def best_breakpoints(requests: Sequence[Asked], pricer: Pricer) -> list[Chosen]:
    """For each of the busiest templates its cheapest breakpoints, the template with the most tokens first.

    Raises UsageError where a model has no price.
    """
    groups: dict[int, list[Examined]] = defaultdict(list)
    for one in examine(requests, pricer):
        if one.paid_usd is None:
            raise UsageError(
                f"no price is known for the model {one.request.root.model!r}, so no breakpoint is cheapest"
            )
        groups[id(one.template)].append(one)
    busiest = sorted(groups.values(), key=lambda group: -sum(one.request.prompt_tokens for one in group))
    return [_best(group, pricer) for group in busiest[:_MOST_TEMPLATES]]


def _best(group: Sequence[Examined], pricer: Pricer) -> Chosen:
    requests = tuple(one.request for one in group)
    rates = [pricer.rates(r.root.model, r.prompt_tokens + _frame(r), terms=r.terms) for r in requests]
    none = Choice(_replayed(requests, rates, (), 0.0), (), "none")
    candidates = candidates_of(requests)
    choices = [none, *_choices(requests, rates, candidates)]
    best = min(choices, key=lambda choice: (choice.usd, len(choice.ends)))
    per_1000 = 1000 / len(requests)
    return Chosen(
        Breakpoints(
            model=requests[-1].root.model,
            requests=len(requests),
            blocks=tuple(_named(requests, end) for end in best.ends),
            ttl=best.ttl,
            usd_per_1000_calls=best.usd * per_1000,
            as_logged_usd_per_1000_calls=sum(one.paid_usd or 0.0 for one in group) * per_1000,
            uncached_usd_per_1000_calls=none.usd * per_1000,
            tried=len(choices),
        ),
        best,
        requests,
    )


def candidates_of(requests: Sequence[Asked]) -> list[int]:
    """Block numbers at which common prefixes end, and `LAST` where one request continues another."""
    seen = Counter(trail for request in requests for trail in request.trail)
    ends = Counter(request.trail[-1] for request in requests if request.trail)
    followers: dict[bytes, set[bytes]] = defaultdict(set)
    for request in requests:
        for here, behind in zip(request.trail, request.trail[1:], strict=False):
            followers[here].add(behind)
    worth: Counter[int] = Counter()
    for request in requests:
        for position, trail in enumerate(request.trail):
            branches = len(followers.get(trail, ())) + (1 if ends[trail] else 0)
            if seen[trail] > 1 and branches > 1:
                worth[position] += request.tokens[position]
    continued = any(seen[trail] > ends[trail] for trail in ends)
    most = _MOST_CANDIDATES if len(requests) <= _MANY else _CANDIDATES_OF_MANY
    chosen = sorted(position for position, _ in worth.most_common(most - 1))
    return [*chosen, LAST] if continued or not chosen else chosen


def _choices(requests: Sequence[Asked], rates: Sequence[Rates], candidates: Sequence[int]) -> Iterator[Choice]:
    for many in range(1, 5):
        for ends in combinations(candidates, many):
            for ttl, lifetime_s in LIFETIME_S.items():
                yield Choice(_replayed(requests, rates, ends, lifetime_s), ends, ttl)


def _replayed(requests: Sequence[Asked], rates: Sequence[Rates], ends: Sequence[int], lifetime_s: float) -> float:
    """USD of all prompts with breakpoints at `ends`, by the rules of `stats.replay_cache`, on hashed prefixes."""
    entries: dict[bytes, list[float]] = {}  # when it expires, from when on it can be read
    total = 0.0
    for request, rate in zip(requests, rates, strict=True):
        tokens, keys, timed = request.tokens, request.keys, request.at is not None
        now, whole, minimum = request.at or 0.0, len(request.tokens), request.minimum
        at = [end if end >= 0 else whole + end for end in ends]
        usable = sorted({end for end in at if 0 <= end < whole and tokens[end] >= minimum})
        hit = -1
        for end in reversed(usable):
            # Entries stand at ends of choices alone; where the last block is one, they may stand anywhere.
            reach = range(end, -1, -1) if LAST in ends else [other for other in reversed(usable) if other <= end]
            oldest = request.steps[end] - LOOK_BACK + 1
            for position in reach:
                if request.steps[position] < oldest:
                    break
                entry = entries.get(keys[position])
                if entry is not None and (not timed or (now < entry[0] and now >= entry[1])):
                    hit = position
                    break
            if hit >= 0:
                break
        for position in range(hit + 1):
            entry = entries.get(keys[position])
            if entry is not None and now < entry[0]:
                entry[0] = now + lifetime_s
        for end in usable:
            if end > hit and not ((entry := entries.get(keys[end])) and (not timed or now < entry[0])):
                entries[keys[end]] = [now + lifetime_s, now + wait_s(request)]
        read = tokens[hit] if hit >= 0 else 0
        written = max(0, tokens[usable[-1]] - read) if usable else 0
        write = rate.cache_write_1h if lifetime_s > LIFETIME_S["5m"] else rate.cache_write_5m
        plain = request.prompt_tokens - read - written + _frame(request)
        total += (read * rate.cache_read + written * write + plain * rate.input) / 1e6
    return total


def _named(requests: Sequence[Asked], end: int) -> str:
    if end == LAST:
        return "the last block"
    return next(request.pieces[end].path for request in reversed(requests) if end < len(request.pieces))


def _frame(request: Asked) -> int:
    return request.model.tokenizer.message_frame_tokens if request.model else 0
