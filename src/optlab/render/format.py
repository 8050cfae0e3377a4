"""The only speller of numbers, and the only gate for text that strangers wrote."""

import math
import re
from typing import Literal

from optlab.core.metrics import Metric, Unit
from optlab.core.record import Provenance
from optlab.core.report import Distribution, Figure, Share
from optlab.core.verdict import Interval

_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def safe(text: str) -> str:
    """Text as text only: control, bidirectional and surrogate characters become pictures, line ends become \\n."""
    return _HOSTILE.sub(_picture, text.replace("\r\n", "\n").replace("\r", "\n"))


def line(text: str) -> str:
    """Text for one line: safe, with its line ends and tabs made spaces."""
    return " ".join(safe(text).split())


def _picture(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


def seconds(value: Figure) -> str:
    """Seconds in a readable unit: 870 ms, 3.91 s, 104 s; infinite and absent in words."""
    if value is None:
        return "absent"
    if value == "inf":
        return "never (failed)"
    if value < 0.0995:
        return f"{value * 1000:.1f} ms"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 99.5 else f"{value:.0f} s"


def usd(value: Figure) -> str:
    """Dollars with as many places as a call's price needs: $0.00251, $1.24."""
    if value is None:
        return "absent"
    if value == "inf":
        return "unbounded"
    if value == 0:
        return "$0"
    if 0 < abs(value) < 0.000005:
        return "<$0.00001" if value > 0 else ">-$0.00001"
    if abs(value) >= 0.01 and abs(round(value, 2) - value) < 1e-9:
        return f"${value:.2f}"
    return f"${value:.2f}" if abs(value) >= 1 else f"${value:.4f}" if abs(value) >= 0.1 else f"${value:.5f}"


def figure(value: Figure, unit: Unit) -> str:
    """A number in its unit."""
    if unit == "s":
        return seconds(value)
    if unit == "usd":
        return usd(value)
    if value is None or value == "inf":
        return "absent" if value is None else "unbounded"
    return percent(value) if unit == "share" else f"{value:.1f} /s"


def share(found: Share) -> str:
    """k of n with the interval of the share."""
    return f"{found.count} of {found.n} ({saving_interval(found.interval)})"


def percent(value: float | None) -> str:
    """A saving as a percentage; absent is a dash."""
    return "–" if value is None else _whole(value)


def points(value: float | None) -> str:
    """A difference of two shares in percentage points, with its sign."""
    return "–" if value is None else f"{100 * value + 0.0:+.1f} points"


def points_interval(interval: Interval) -> str:
    """An interval of differences of shares, in percentage points; an open side is said to be open."""
    low, high = ("open" if end is None else f"{100 * end + 0.0:+.1f}" for end in (interval.low, interval.high))
    return f"{low} to {high} points"


def fine_percent(value: float) -> str:
    """A share to a tenth of a percent where that says more: 25.9%, 5%."""
    return f"{100 * value:.1f}".removesuffix(".0") + "%"


def fine_percent_up(value: float) -> str:
    """A bound from above as a percentage, rounded up, so that no smaller risk is promised: 5.1%, 5%; two digits below
    a tenth of a percent."""
    if value <= 0:
        return "0%"
    places = 1 if value >= 0.001 else 1 - math.floor(math.log10(100 * value))
    return f"{math.ceil(round(100 * value * 10**places, 6)) / 10**places:.{places}f}".removesuffix(".0") + "%"


def asked_percent(value: float) -> str:
    """A share that somebody asked for, as written: 5%, 0.05%."""
    return f"{100 * value:.6g}%"


def saving_interval(interval: Interval) -> str:
    """An interval of savings; an open side is said to be open."""
    low = "open" if interval.low is None else _whole(interval.low)
    high = "open" if interval.high is None else _whole(interval.high)
    return f"{low} to {high}"


def _whole(share: float) -> str:
    return f"{round(100 * share) + 0:,}%"  # rounded to a whole number, so that there is no -0%


def percent_up(value: float) -> str:
    """A bound from below as a whole percentage: rounded up, so that nothing smaller is promised, and never 0%."""
    return f"{max(1, math.ceil(round(100 * value, 6)))}%"


def short_interval(interval: Interval, unit: Unit) -> str:
    """An interval in as few cells as can be, its unit said once: 4.32–4.81 s, 870–990 ms, $0.00208–0.00251."""
    low, high = interval.low, interval.high
    if low is None and high is None:
        return "no interval yet"
    if low is None or high is None:
        bound = low if high is None else high
        return f"{'≥' if high is None else '≤'} {figure(bound, unit)}"
    if unit == "usd":
        return f"{usd(low)}–{usd(high).removeprefix('$')}"
    if unit != "s":
        return f"{figure(low, unit).removesuffix(' /s')}–{figure(high, unit)}"
    if high < 0.9995:
        places = 1 if high < 0.0995 else 0
        return f"{low * 1000:.{places}f}–{high * 1000:.{places}f} ms"
    return f"{low:.2f}–{high:.2f} s"


def short_saving(interval: Interval) -> str:
    """An interval of savings in as few cells as can be: 62–83%, ≥ 5%, open."""
    low, high = interval.low, interval.high
    if low is None and high is None:
        return "open"
    if low is None or high is None:
        return f"≥ {percent(low)}" if high is None else f"≤ {percent(high)}"
    between = "–" if low >= 0 and high >= 0 else " to "
    return f"{_whole(low).removesuffix('%')}{between}{_whole(high)}"


def median(found: Distribution, metric: Metric) -> str:
    """The p50 with its interval."""
    low, high = found.p50_interval.low, found.p50_interval.high
    middle = figure(found.p50, metric.unit)
    if low is not None and high is not None:
        return f"{middle} ({figure(low, metric.unit)} to {figure(high, metric.unit)})"
    if low is not None or high is not None:
        return f"{middle} ({short_interval(found.p50_interval, metric.unit)}, open at n = {found.n})"
    return f"{middle} (no interval at n = {found.n})"


def tail(found: Distribution, metric: Metric, name: Literal["p90", "p99"]) -> str:
    """A p90 or p99: the number with its interval where it may be printed, else what is proven."""
    value: Figure = getattr(found, name)
    interval: Interval = getattr(found, f"{name}_interval")
    low = None if interval.low is None else figure(interval.low, metric.unit)
    if interval.high is None:
        at_least = f"at least {low}" if low else f"max {figure(found.max, metric.unit)}"
        return f"{at_least}, no upper bound at n = {found.n}"
    high = figure(interval.high, metric.unit)
    return f"{figure(value, metric.unit)} ({low or 'open'} to {high})"


def short_tail(found: Distribution, metric: Metric, name: Literal["p90", "p99"]) -> str:
    """The same in as few cells as can be: 4.90 s, or ≥ 4.21 s where nothing bounds it from above."""
    interval: Interval = getattr(found, f"{name}_interval")
    if interval.high is None:
        return f"≥ {figure(interval.low, metric.unit)}" if interval.low is not None else "no bound yet"
    value: Figure = getattr(found, name)
    return figure(value, metric.unit)


def provenance(kind: Provenance, speed: float) -> str:
    """The word that must not be missed, with the time scale where it is not 1."""
    scale = f" at speed {speed:g}, figures scaled back" if speed != 1 else ""
    return kind.value.upper() + (scale if kind is Provenance.SIMULATED else "")


def duration(value: float) -> str:
    """A span of time for people: 45 s, 1 min 40 s."""
    whole = round(value)
    return f"{whole} s" if whole < 90 else f"{whole // 60} min {whole % 60} s"
