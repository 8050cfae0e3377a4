"""Trimming: segments of the prompt are left out. Input is saved for certain; what answers lose must be measured."""

from collections.abc import Mapping

from optlab.core.errors import UsageError
from optlab.core.prompt import fill
from optlab.core.request import Request
from optlab.core.scenario import ParamValue
from optlab.levers.lever import LeverSpec, Met, Param, Rewriting, split

ALL = "all"
"""Every segment that the scenario lets be cut."""


def _rewrite(request: Request, params: Mapping[str, ParamValue]) -> Request:
    return request.without(_off(request, params))


def _off(request: Request, params: Mapping[str, ParamValue]) -> frozenset[str]:
    names = split(params["off"])
    if names == (ALL,) and ALL not in request.segments:
        return frozenset(part.segment for part in request.parts if part.cuttable)
    return frozenset(names)


def _check(params: Mapping[str, ParamValue], met: Met) -> None:
    there = met.request.segments
    listed = ", ".join(map(repr, there))
    off = _off(met.request, params)
    if not off:
        raise UsageError(
            "lever trim: the scenario lets no segment be cut (trimmable = false on all), so nothing is cut; "
            f"name some of {listed} with off="
        )
    prompt = met.scenario.prompt
    for name in sorted(off - set(there)):
        known = name in (segment.name for segment in prompt.segments)
        why = "is not sent anyway" if known else "is not there"
        raise UsageError(f"lever trim: off names the segment {name!r}, which {why}; the segments are {listed}")
    asking = [s.text for s in prompt.active("user") if s.name not in off]
    without = ", ".join(map(repr, sorted(off)))
    for sample in met.scenario.samples:
        if not any(fill(text, sample.variables).strip() for text in asking):
            raise UsageError(
                f"lever trim: without {without} nothing is left to ask (sample {sample.id!r}); "
                "name fewer segments with off=, or mark the question trimmable = false"
            )
    if met.request.without(off).messages[0].role != "user":
        raise UsageError(
            f"lever trim: without {without} the conversation would begin with the assistant, "
            "which the API refuses; cut the answers together with their questions"
        )


TRIM = Rewriting(
    LeverSpec(
        name="trim",
        title="Trim the prompt",
        symptom="the prompt has grown and nobody knows which part still matters",
        does="leaves segments of the prompt out; every call pays for fewer input tokens",
        params=(Param("off", "names", ALL, "segments to leave out, joined by + or commas; all: what may be cut"),),
        primary="cost_usd",
        changes_text=True,
        shows_change=True,
    ),
    _rewrite,
    _check,
)
