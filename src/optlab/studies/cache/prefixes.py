"""The cacheable prefix of a scenario, and what trimming does to it.

A cut that takes a cached prefix below the model's minimum makes every call dearer, without any error: it is warned of.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from optlab.core.errors import UsageError
from optlab.core.experiment import LeverChoice, Variant
from optlab.core.request import Request
from optlab.core.scenario import Sample, Scenario
from optlab.engine.guessing import SAMPLES_LOOKED_AT
from optlab.engine.pricing import Pricer
from optlab.engine.requests import planned_requests
from optlab.studies.cache.asked import AskedReader
from optlab.studies.cache.planner import Prefix
from optlab.studies.cache.templates import common

_CACHED: Final = Variant("caching", (LeverChoice("caching"),))


def prefix_of(scenario: Scenario) -> Prefix:
    """What the caching lever marks of a scenario's prompt, as far as all samples share it, in estimated tokens.

    The last message of a lone sample is its question, and not shared with anything.
    """
    reader = AskedReader()
    samples = scenario.samples[:SAMPLES_LOOKED_AT]
    asked = [reader.read(request.body()) for request in _planned(scenario, samples)]
    first = asked[0]
    question = first.pieces[-1].path.rpartition(".")[0]
    ahead = sum(not piece.path.startswith(question) for piece in first.pieces)
    shared = min((common(first, other) for other in asked[1:]), default=ahead)
    marked = first.marks[-1] + 1 if first.marks else 0
    return Prefix(scenario.model, first.before(min(shared, marked)))


def trimmed(scenario: Scenario, names: Sequence[str]) -> Scenario:
    """The scenario with these segments switched off. Raises UsageError for one that it does not have."""
    prompt = scenario.prompt
    for name in names:
        try:
            prompt = prompt.switched(name, False)
        except KeyError:
            known = ", ".join(segment.name for segment in prompt.segments)
            raise UsageError(f"--trim: there is no segment {name!r}; {scenario.name} has {known}") from None
    return msgspec.structs.replace(scenario, prompt=prompt)


def trim_warnings(scenario: Scenario, cut: Sequence[str], pricer: Pricer) -> list[str]:
    """Warnings on the cuts asked for; where none is, on each single one that may be made. Empty where all is well."""
    whole = prefix_of(scenario)
    if whole.tokens < whole.minimum:
        return []
    if cut:
        return list(_warning(whole, prefix_of(trimmed(scenario, cut)), cut, pricer, "is"))
    found: list[str] = []
    for segment in scenario.prompt.segments:
        if segment.trimmable and segment.on and segment.where in ("tools", "system"):
            left = prefix_of(trimmed(scenario, [segment.name]))
            # A prompt without any prefix is nothing to advise against before somebody asks for it.
            found += _warning(whole, left, [segment.name], pricer, "would be") if left.tokens else ()
    return found


def _planned(scenario: Scenario, samples: Sequence[Sample]) -> list[Request]:
    """The requests that would be sent. They are sent nowhere, so nothing has to be waited for."""
    planning = planned_requests(scenario, _CACHED, samples)
    try:
        planning.send(None)
    except StopIteration as done:
        requests: list[Request] = done.value
        return requests
    raise AssertionError("planning waits for nothing")


def _warning(whole: Prefix, left: Prefix, cut: Sequence[str], pricer: Pricer, verb: str) -> Iterator[str]:
    if left.tokens >= left.minimum:
        return
    before = whole.tokens * pricer.rates(whole.model, whole.tokens).cache_read
    after = left.tokens * pricer.rates(left.model, left.tokens).input
    times = f", {after / before:.1f} times what a hit costs now" if after > before > 0 else ""
    yield (
        f"without {', '.join(cut)} the prefix has {left.tokens:,} tokens, below the {left.minimum:,} from which "
        f"{left.model} caches: nothing {verb} cached any more, without any error{times}"
    )
