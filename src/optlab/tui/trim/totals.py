"""What stands on top of the bench: tokens and dollars before and after, and what the cut does to the cache."""

import msgspec
from textual.content import Content

from optlab.render.format import line, usd
from optlab.tui.trim.weight import Cache, Scale

DIM = "$foreground 60%"


class Totals(msgspec.Struct, frozen=True):
    """Tokens before and after, and whether the API counted them or they are estimated; USD of a call's prompt.

    `cache` None: nothing could be cached, or it is not known. `problem` is why nothing can be asked with this prompt.
    """

    before: float
    after: float
    counted: bool
    usd_before: float | None
    usd_after: float | None
    cache: Cache | None = None
    problem: str = ""


def totals_of(scale: Scale, before: float, after: float, *, counted: bool) -> Totals:
    """Tokens with what they cost as plain input, at the prices of a prompt of that length."""
    prices = [scale.rates(tokens) for tokens in (before, after)]
    first, second = (
        None if rates is None else tokens * rates.input / 1e6
        for tokens, rates in zip((before, after), prices, strict=True)
    )
    return Totals(before, after, counted, first, second)


def tokens_line(totals: Totals) -> Content:
    """Tokens before and after, and how that is known."""
    basis = "counted by the API" if totals.counted else "estimated offline"
    sign = "" if totals.counted else "≈ "
    before, after = round(totals.before), round(totals.after)
    if before == after:
        tokens, tone = f"{sign}{after:,} tokens", "bold"
    else:
        share = f" ({(after - before) / before:+.1%})" if before else ""
        tokens = f"{sign}{before:,} → {after:,} tokens{share}"
        tone = "bold $text-success" if after < before else "bold $text-warning"
    return Content.assemble((tokens, tone), (f" {basis}", DIM))


def dollars_line(totals: Totals) -> Content:
    """What the prompt costs a call and 1,000 calls, before and after."""
    if totals.usd_before is None or totals.usd_after is None:
        return Content.styled("no price known", DIM)
    one, thousand = (
        _between(spell(factor * totals.usd_before), spell(factor * totals.usd_after))
        for factor, spell in ((1, usd), (1000, _cents))
    )
    return Content.assemble(("prompt ", DIM), one, (" a call, ", DIM), thousand, (" per 1,000", DIM))


def cache_line(totals: Totals) -> Content:
    """What the cut does to the cached prefix, or why nothing can be asked."""
    if totals.problem:
        return Content.styled(line(f"✗ {totals.problem}"), "bold $text-error")
    cache = totals.cache
    if cache is None:
        return Content.styled("nothing of this prompt is a stable prefix that could be cached", DIM)
    span = f"≈{cache.before:,} → {cache.after:,}" if cache.changed else f"≈{cache.after:,}"
    if cache.lost:
        pays = "paid in full" if cache.marked else "not cacheable"
        words = f"⚠ below the cache minimum {cache.minimum:,}: prefix {span}, {pays}"
        return Content.styled(words, "bold $text-warning")
    if cache.after < cache.minimum and cache.breaks:
        broken = f"never cached: {line(cache.breaks)} changes every call, {span} tokens in front of it"
        return Content.styled(broken, DIM)
    if cache.after < cache.minimum:
        return Content.styled(f"never cached: prefix {span} tokens, cached from {cache.minimum:,} on", DIM)
    lever = "cached" if cache.marked else "cacheable (lever off)"
    if cache.gained:
        why = f" without {line(cache.broke)}" if cache.broke and not cache.breaks else ""
        return Content.styled(f"now {span} tokens {lever}{why}: one write {usd(cache.rewrite_usd)}", "$text-success")
    if not cache.changed:
        return Content.styled(f"prefix {span} tokens {lever}, untouched by the cut", DIM)
    pay = f", back after {cache.payback_calls:,} reads" if cache.payback_calls else ""
    saved = f"; a read saves {usd(cache.saved_usd)}" if cache.saved_usd > 0 else ""
    return Content.styled(f"prefix {span} tokens {lever}: one rewrite {usd(cache.rewrite_usd)}{saved}{pay}", DIM)


def _cents(value: float) -> str:
    return f"${value:,.2f}" if value >= 0.1 else usd(value)


def _between(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"
