"""What the seed draws before the first call: which sample when, in which order inside a block, and the salts."""

import hashlib
import random
from collections.abc import Iterator, Mapping

from optlab.core.experiment import Experiment, Variant
from optlab.core.scenario import Sample
from optlab.engine.requests import planned_requests

SALT_LETTERS = 12


def schedule(experiment: Experiment) -> Iterator[tuple[Sample, list[Variant]]]:
    """Sample and order of every block, drawn by the seed: all samples once, in random order, before any twice.

    An experiment `in_order` meets its samples as they stand.
    """
    draw = random.Random(f"{experiment.seed}:schedule")
    samples: list[Sample] = []
    for _ in range(experiment.pairs):
        if not samples:
            samples = list(experiment.scenario.samples)
            if experiment.in_order:
                samples.reverse()
            else:
                draw.shuffle(samples)
        order = list(experiment.variants)
        draw.shuffle(order)
        yield samples.pop(), order


async def salts(experiment: Experiment, origin: str) -> dict[str, str]:
    """One salt an arm where any arm caches: no arm may read what another wrote, nor what an earlier run left."""
    variants = experiment.variants
    first = experiment.scenario.samples[:1]
    caching = [
        request.breakpoints
        for variant in variants
        for request in await planned_requests(experiment.scenario, variant, first)
    ]
    if not any(caching):
        return {}
    return {v.name: _letters(f"{origin}:{v.name}:{i}") for i, v in enumerate(variants)}


def salt_of(salts: Mapping[str, str], variant: Variant, run: str) -> str:
    """The salt of one run: its arm's, or one of its own and the same length; empty where prompts are not salted."""
    salt = salts.get(variant.name, "")
    return _letters(f"{salt}:{run}") if salt and variant.own_salts else salt


def _letters(origin: str) -> str:
    digest = hashlib.blake2b(origin.encode(), digest_size=SALT_LETTERS).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest)
