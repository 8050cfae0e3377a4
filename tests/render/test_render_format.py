"""Numbers spelled for people, and text of strangers made harmless."""

import unicodedata

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optlab.core.metrics import BY_NAME
from optlab.core.record import Provenance
from optlab.core.report import Distribution, Figure
from optlab.core.verdict import Interval
from optlab.render import format as spell

ANYTHING = st.text(st.characters(), max_size=40)  # lone surrogates too
LAW = settings(deadline=None, derandomize=True, max_examples=300)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain text, naïve 你好 🙂\tx\n", "plain text, naïve 你好 🙂\tx\n"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("a\x00b\x08c\x7f", "a␀b␈c␡"),
        ("\x0b\x0c\x0e\x1f", "␋␌␎␟"),
        ("\x9b31m\x9d0;x\x9c\x85", "\ufffd31m\ufffd0;x\ufffd\ufffd"),
        ("a\u202eb\u202d\u202a\u202b\u202cc", "a\ufffdb\ufffd\ufffd\ufffd\ufffdc"),
        ("\u2066\u2067\u2068\u2069\u200e\u200f\u061c", "\ufffd" * 7),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("a\r\nb\rc\n\rd", "a\nb\nc\n\nd"),
        ("", ""),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert spell.safe(text) == shown


@LAW
@example("\x1b\x9b\u202e\ud83d\r\n")
@given(ANYTHING)
def test_safe_text_has_nothing_left_that_moves_or_hides(text: str) -> None:
    shown = spell.safe(text)
    for char in shown:
        assert char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"), repr(char)
        assert unicodedata.bidirectional(char) not in (
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"
        )  # fmt: skip
    shown.encode("utf-8")
    assert spell.safe(shown) == shown


@LAW
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=40))
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert spell.safe(text) == text


@LAW
@given(ANYTHING)
def test_a_line_is_one_line(text: str) -> None:
    shown = spell.line(text)
    assert len(shown.splitlines()) <= 1 and "\t" not in shown
    assert shown == shown.strip() and "  " not in shown


def test_line() -> None:
    assert spell.line(" a\r\n\tb  c\u2028d ") == "a b c d"
    assert spell.line("\x1b[2J") == "␛[2J"


@pytest.mark.parametrize(
    "value, shown",
    [
        (None, "absent"),
        ("inf", "never (failed)"),
        (0.0, "0.0 ms"),
        (0.0123, "12.3 ms"),
        (0.0994, "99.4 ms"),
        (0.0995, "100 ms"),
        (0.87, "870 ms"),
        (0.9994, "999 ms"),
        (0.9995, "1.00 s"),
        (3.914, "3.91 s"),
        (99.4, "99.40 s"),
        (99.5, "100 s"),
        (104.2, "104 s"),
    ],
)
def test_seconds(value: Figure, shown: str) -> None:
    assert spell.seconds(value) == shown
    assert spell.figure(value, "s") == shown


@pytest.mark.parametrize(
    "value, shown",
    [
        (None, "absent"),
        ("inf", "unbounded"),
        (0, "$0"),
        (0.00251, "$0.00251"),
        (0.000005, "$0.00001"),
        (0.000001, "<$0.00001"),
        (-0.000001, ">-$0.00001"),
        (0.01, "$0.01"),
        (0.011, "$0.01100"),
        (0.1234, "$0.1234"),
        (0.13, "$0.13"),
        (1.239, "$1.24"),
        (-2.5, "$-2.50"),
    ],
)
def test_usd(value: Figure, shown: str) -> None:
    assert spell.usd(value) == shown
    assert spell.figure(value, "usd") == shown


def test_one_amount_is_spelled_one_way() -> None:
    assert spell.usd(sum([0.01] * 13)) == spell.usd(0.13)


@pytest.mark.parametrize(
    "share, shown",
    [(None, "–"), (0.0, "0%"), (-0.001, "0%"), (0.004, "0%"), (0.126, "13%"), (-0.5, "-50%"), (1.0, "100%")],
)
def test_percent(share: float | None, shown: str) -> None:
    assert spell.percent(share) == shown


def test_intervals_of_savings() -> None:
    assert spell.short_saving(Interval(-0.001, 0.05)) == "0 to 5%"
    assert spell.saving_interval(Interval(0.1, 0.25)) == "10% to 25%"
    assert spell.saving_interval(Interval(None, -0.25)) == "open to -25%"
    assert spell.saving_interval(Interval(-0.001, None)) == "0% to open"


def distribution(n: int, p90: Figure = None, low: float | None = None, high: float | None = None) -> Distribution:
    none = Interval(None, None)
    return Distribution(n, 2.0, none, p90, Interval(low, high), None, none, 2.0, 3.0)


def test_a_tail_is_a_number_only_with_its_bound() -> None:
    e2e = BY_NAME["e2e"]
    assert spell.tail(distribution(12, None, 1.25), e2e, "p90") == "at least 1.25 s, no upper bound at n = 12"
    assert spell.tail(distribution(3), e2e, "p90") == "max 3.00 s, no upper bound at n = 3"
    assert spell.tail(distribution(40, 2.5, 2.0, 3.0), e2e, "p90") == "2.50 s (2.00 s to 3.00 s)"
    assert spell.tail(distribution(40), e2e, "p99") == "max 3.00 s, no upper bound at n = 40"
    # so many failures that the number itself is infinite
    assert spell.tail(distribution(40, "inf", 2.0), e2e, "p90") == "at least 2.00 s, no upper bound at n = 40"


def test_a_median_has_its_interval_or_says_that_it_has_none() -> None:
    e2e = BY_NAME["e2e"]
    bounded = Distribution(
        12, 2.0, Interval(1.0, 3.0), None, Interval(None, None), None, Interval(None, None), 2.0, 3.0
    )
    assert spell.median(bounded, e2e) == "2.00 s (1.00 s to 3.00 s)"
    assert spell.median(distribution(3), e2e) == "2.00 s (no interval at n = 3)"
    failing = msgspec.structs.replace(bounded, p50_interval=Interval(1.0, None))  # so many runs failed
    assert spell.median(failing, e2e) == "2.00 s (≥ 1.00 s, open at n = 12)"
    assert spell.median(bounded, BY_NAME["cost_usd"]) == "$2.00 ($1.00 to $3.00)"


def test_provenance_cannot_be_missed() -> None:
    assert spell.provenance(Provenance.SIMULATED, 1.0) == "SIMULATED"
    assert spell.provenance(Provenance.SIMULATED, 50.0) == "SIMULATED at speed 50, figures scaled back"
    assert spell.provenance(Provenance.MEASURED, 1.0) == "MEASURED"
    assert spell.provenance(Provenance.REPLAYED, 1.0) == "REPLAYED"


@pytest.mark.parametrize(
    "value, shown", [(0.4, "0 s"), (45, "45 s"), (89.4, "89 s"), (90, "1 min 30 s"), (100, "1 min 40 s")]
)
def test_duration(value: float, shown: str) -> None:
    assert spell.duration(value) == shown
