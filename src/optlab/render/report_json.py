"""The report as one JSON object, `optlab.report/1`. Its JSON Schema is `report.schema.json` beside this file."""

from importlib import resources
from typing import Any

import msgspec

from optlab.core.metrics import METRICS
from optlab.core.report import Distribution, Figure, Judging, Report, VariantSummary
from optlab.core.trade_off import TradeOff
from optlab.core.verdict import Card, Interval

SCHEMA = "optlab.report/1"
_TAILS = ("p50", "p90", "p99")


def schema() -> dict[str, Any]:
    """The JSON Schema of the report."""
    return msgspec.json.decode(resources.files("optlab.render").joinpath("report.schema.json").read_bytes(), type=dict)


def report_object(report: Report) -> dict[str, Any]:
    """The report as plain values: latencies in milliseconds, money in dollars, absent null, infinite "inf"."""
    cards = {card.variant: card for card in report.cards}
    return {
        "schema": SCHEMA,
        "run_id": report.run_id,
        "scenario": report.scenario,
        "source": report.source,
        "started_at": report.started_at,
        "status": report.status,
        "provenance": report.provenance.value,
        "sim_speed": report.sim_speed,
        "seed": report.seed,
        "model_catalog_as_of": report.catalogue_as_of,
        "primary": report.primary,
        "pairs": report.pairs,
        "cost_usd": report.cost_usd,
        "unknown_usd": report.unknown_usd,
        "failure": msgspec.to_builtins(report.failure),
        "floor_ms": report.floor_ms,
        "variants": [_variant(summary, cards.get(summary.name)) for summary in report.variants],
        "comparisons": [
            {
                "variant": c.variant,
                "metric": c.metric,
                "estimate": c.estimate,
                "interval": _pair(c.interval),
                "pairs": c.pairs,
                "pairs_seen": c.seen,
                "pairs_won": c.won,
                "won_by": c.won_by,
                "lost_by": c.lost_by,
                "probability_faster": c.faster,
                "smallest_visible": c.smallest_visible,
                "pairs_needed": c.pairs_needed,
                "note": c.note,
                "unit": c.unit,
                "verdict": c.verdict,
            }
            for c in report.comparisons
        ],
        "share_differences": [
            {
                "variant": d.variant,
                "share": d.share,
                "difference": d.difference,
                "interval": _pair(d.interval),
                "only_candidate": d.only_candidate,
                "only_baseline": d.only_baseline,
                "pairs": d.pairs,
                "items": d.items,
                "real": d.real,
            }
            for d in report.share_differences
        ],
        "cards": [_card(card) for card in report.cards],
        "trade_off": report.trade_off and _trade_off(report.trade_off),
        "judging": [_judging(judge) for judge in report.judging],
        "batches": [msgspec.to_builtins(batch) for batch in report.batches],
        "caveats": [{"code": c.code, "sentence": c.sentence} for c in report.caveats],
    }


def _variant(summary: VariantSummary, card: Card | None) -> dict[str, Any]:
    cost = summary.metrics.get("cost_usd")
    return {
        "name": summary.name,
        "levers": list(summary.levers),
        "model": summary.model,
        "runs": summary.runs,
        "errors": summary.errors,
        "retried": summary.retried,
        "usage": msgspec.to_builtins(summary.usage),
        "cost_usd": {
            "total": summary.cost.total_usd,
            "mean": cost.mean if cost else None,
            "by_class": {key.removesuffix("_usd"): usd for key, usd in msgspec.to_builtins(summary.cost).items()},
        },
        **{f"{m.name}_ms": _distribution(summary.metrics.get(m.name), 1000) for m in METRICS if m.unit == "s"},
        "tokens_per_s": _distribution(summary.metrics.get("tokens_per_s"), 1),
        "thinking_in_tpot": summary.thinking_in_tpot,
        "shares": {
            name: {"count": found.count, "n": found.n, "interval": _pair(found.interval)}
            for name, found in summary.shares.items()
        },
        "quality": {
            "mean": summary.quality.mean,
            "passed": summary.quality.passed,
            "runs": summary.quality.runs,
            "verdict": card.quality.verdict if card else None,
            "margin": card.quality.margin if card else None,
            "by_check": msgspec.to_builtins(summary.quality.by_kind),
        },
        "cache": {
            "hit_rate": summary.cache.hit_rate,
            "read_tokens": summary.cache.read_tokens,
            "write_tokens": summary.cache.write_tokens,
        },
        "stop_reasons": summary.stop_reasons,
        "cold": _cold(summary),
    }


def _cold(summary: VariantSummary) -> dict[str, Any] | None:
    cold = summary.cold
    if cold is None:
        return None
    return {
        "first_visible_ms": _ms(cold.first_visible_s),
        "e2e_ms": _ms(cold.e2e_s),
        "cost_usd": cold.cost_usd,
        "cache_write_tokens": cold.cache_write_tokens,
        "cache_read_tokens": cold.cache_read_tokens,
    }


def _card(card: Card) -> dict[str, Any]:
    return {
        "variant": card.variant,
        "verdict": card.verdict.value,
        "reason": card.reason,
        "payback_calls": card.payback_calls,
        "spent_usd": card.spent_usd,
        "saving_per_call_usd": card.saving_per_call_usd,
        "pairs_needed": card.pairs_needed,
        "needs": card.needs,
        "primary": card.primary.metric,
        "primary_reason": card.primary_reason,
        "waits": card.waits,
        "quality": {
            "verdict": card.quality.verdict,
            "basis": card.quality.basis,
            "why": card.quality.why,
            "items": card.quality.items,
            "interval": _pair(card.quality.interval),
            "excluded_loss": card.quality.excluded_loss,
        },
        "guards": [{"name": g.name, "state": g.state, "blocking": g.blocking, "why": g.why} for g in card.guards],
    }


def _judging(judge: Judging) -> dict[str, Any]:
    agreement, even = judge.agreement, judge.even
    return {
        "model": judge.model,
        "how": judge.how,
        "judgements": judge.judgements,
        "calls": judge.calls,
        "failed_calls": judge.failed_calls,
        "unreadable": judge.unreadable,
        "unjudged": judge.unjudged,
        "usage": msgspec.to_builtins(judge.usage),
        "cost_usd": judge.cost_usd,
        "rates": [
            {
                "variant": rate.variant,
                "passed": rate.passed,
                "judged": rate.judged,
                "tied": rate.tied,
                "rate": rate.rate,
                "corrected": rate.corrected,
                "interval": _pair(rate.interval) if rate.interval else None,
            }
            for rate in judge.rates
        ],
        "agreement": agreement
        and {"same": agreement.same, "asked": agreement.asked, "interval": _pair(agreement.interval)},
        "even": even and msgspec.to_builtins(even),
        "labels": {"right": judge.labelled_right, "wrong": judge.labelled_wrong},
        "sensitivity": judge.sensitivity,
        "specificity": judge.specificity,
        "sensitivity_interval": judge.sensitivity_interval and _pair(judge.sensitivity_interval),
        "specificity_interval": judge.specificity_interval and _pair(judge.specificity_interval),
    }


def _trade_off(found: TradeOff) -> dict[str, Any]:
    return {
        "latency": found.latency,
        "points": [
            {
                "variant": point.variant,
                "cost_usd": point.cost_usd,
                "latency_ms": "inf" if point.latency_s is None else point.latency_s * 1000,
                "quality": point.quality,
                "front": point.front,
                "place": point.place,
                "beaten_by": list(point.beaten_by),
                "tied_with": list(point.tied_with),
                "broken": list(point.broken),
            }
            for point in found.points
        ],
    }


def _distribution(found: Distribution | None, factor: float) -> dict[str, Any]:
    values: dict[str, Any] = {"n": found.n if found else 0}
    for name in _TAILS:
        values[name] = _times(getattr(found, name), factor) if found else None
        interval: Interval = getattr(found, f"{name}_interval") if found else Interval(None, None)
        values[f"{name}_interval"] = [_times(interval.low, factor), _times(interval.high, factor)]
    values["mean"] = _times(found.mean, factor) if found else None
    values["max"] = _times(found.max, factor) if found else None
    return values


def _ms(value: Figure) -> Figure:
    return _times(value, 1000)


def _times(value: Figure, factor: float) -> Figure:
    return value * factor if isinstance(value, float | int) else value


def _pair(interval: Interval) -> list[float | None]:
    return [interval.low, interval.high]
