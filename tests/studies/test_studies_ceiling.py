"""Which max_tokens a sample of lengths supports: what it proves, what it cannot know, what a cap is worth."""

import json
import math
import random
from itertools import pairwise
from pathlib import Path

import pytest

from optlab.core.ceiling_report import CeilingReport
from optlab.core.commands import FindCeiling
from optlab.core.errors import UsageError
from optlab.engine.pricing import Pricer
from optlab.studies.ceiling import Frame, ceiling, ceiling_of_file, length_bins
from optlab.studies.lengths_file import Length, read_lengths

FRAME = Frame(source="here", epsilon=0.05)


def answers(*lengths: int, cut: int = 0) -> list[Length]:
    """Whole answers, then `cut` more that ended at 400."""
    return [*(Length(n, "end_turn") for n in lengths), *(Length(400, "max_tokens") for _ in range(cut))]


def report(*lengths: int, cut: int = 0, **frame: object) -> CeilingReport:
    return ceiling(answers(*lengths, cut=cut), Frame(**({"source": "here", "epsilon": 0.05} | frame)))  # type: ignore[arg-type]


def test_a_hundred_answers_prove_their_99th() -> None:
    found = report(*range(1, 101), target="hamlet", present=400, usd_per_token=15e-6)
    assert (found.recommended, found.answers_needed) == (99, None)
    row = found.row("proven")
    assert row is not None
    assert (row.cap, row.cut) == (99, 1)
    assert row.bound < 0.05
    assert row.saved_share == pytest.approx(1 / 5050), "one token of all that were written"
    assert row.saved_usd_per_1000 == pytest.approx(1000 * 1 / 100 * 15e-6)
    assert found.command == "optlab run hamlet --lever max_tokens:cap=99"
    present = found.row("present")
    assert present is not None
    assert (present.cap, present.cut, present.saved_share) == (400, 0, 0.0)


def test_59_answers_prove_their_longest_which_nothing_reaches_beyond() -> None:
    found = report(*range(1, 60))
    assert found.recommended == 59
    assert found.row("proven") == found.row("largest") or found.rows[0].saved_share == 0.0
    assert report(*range(1, 59)).recommended is None


def test_too_few_answers_prove_what_the_method_says() -> None:
    found = report(*[100] * 9, 310)
    assert (found.recommended, found.answers_needed) == (None, 59)
    largest = found.row("largest")
    assert largest is not None
    assert (largest.cap, round(largest.bound, 3)) == (310, 0.259)
    assert found.command == "optlab run SCENARIO --lever max_tokens:cap=310"


def test_no_cap_at_or_below_a_censored_answer() -> None:
    found = report(*range(1, 200), cut=1)
    assert (found.recommended, found.command, found.answers_needed) == (None, None, None)
    longer = ceiling([*answers(*range(1, 190), cut=1), *answers(*range(401, 411))], FRAME)
    assert longer.recommended == 407, "the 196th of 200, the cut one taken as the longest of all"
    row = longer.row("proven")
    assert row is not None
    assert row.cut == 4, "three longer ones, and the one that nobody saw to its end"


def test_the_rule_of_the_module_and_its_risk() -> None:
    found = report(100, 100, 100, 100, 100, 100, 100, 100, 100, 1000)
    module = found.row("module")
    assert module is not None
    assert module.cap == math.ceil(1.2 * 910), "its p90 is nearly the maximum"
    unlucky = report(*[100] * 40, *[130] * 10, 300)
    rule = unlucky.row("module")
    assert rule is not None
    assert (rule.cap, rule.cut) == (156, 1)
    assert rule.bound > 0.05
    assert report(5).row("module") is None


def test_a_lever_never_raises_the_limit_in_force() -> None:
    assert report(*range(1, 101), present=99).command is None
    assert report(*range(1, 101), present=100).command is not None


def test_the_rule_cuts_more_than_promised_in_one_sample_of_twenty_at_most() -> None:
    """Lengths log-normal around 180, 100 answers: the true share behind the cap, over many samples."""
    draw, broken, samples = random.Random(5), 0, 400
    for _ in range(samples):
        lengths = [Length(round(180 * math.exp(0.4 * draw.gauss(0, 1)))) for _ in range(100)]
        found = ceiling(lengths, FRAME).recommended
        assert found is not None
        broken += 0.5 * math.erfc(math.log((found + 0.5) / 180) / 0.4 / math.sqrt(2)) > 0.05
    assert broken / samples <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / samples)
    assert broken, "it is not far too careful either"


def test_bins_hold_every_answer_once() -> None:
    for some in (answers(7), answers(0, 0), answers(*range(90, 900, 7), cut=3), answers(1, 100_000)):
        bins = length_bins(some)
        assert len(bins) <= 12
        assert sum(b.count for b in bins) == len(some)
        assert sum(b.censored for b in bins) == sum(a.censored for a in some)
        assert all(a.high + 1 == b.low for a, b in pairwise(bins))


def test_a_file_says_numbers_or_objects(tmp_path: Path) -> None:
    path = tmp_path / "lengths.jsonl"
    path.write_bytes(b'\xef\xbb\xbf212\r\n\n{"output_tokens": 400, "stop_reason": "max_tokens"}\n{"output_tokens": 3}')
    assert read_lengths(path, "x") == (Length(212), Length(400, "max_tokens"), Length(3))
    assert [a.censored for a in read_lengths(path, "x")] == [False, True, False]


@pytest.mark.parametrize(
    "line",
    [
        "-1",
        "true",
        "2.5",
        '"7"',
        "[1]",
        "{}",
        '{"output_tokens": 1, "x": 2}',
        "NaN",
        "9" * 400,
        "1000000001",
        '{"output_tokens": 1',
        "\xff",
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "lengths.jsonl"
    path.write_bytes(b"1\n2\n" + line.encode("latin-1") + b"\n")
    with pytest.raises(UsageError, match=r"^my file, line 3: .+; write a number of tokens a line, or"):
        read_lengths(path, "my file")


def test_a_file_that_is_none_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^gone: cannot be read"):
        read_lengths(tmp_path / "gone", "gone")
    (tmp_path / "empty").write_text("\n\n")
    with pytest.raises(UsageError, match="holds no answer"):
        read_lengths(tmp_path / "empty", "empty")


def test_prices_and_limits_come_from_the_scenario(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text("\n".join(json.dumps(n) for n in range(1, 101)))
    found = ceiling_of_file(FindCeiling(str(path), "l.jsonl", "hamlet"), Pricer())
    assert (found.model, found.present_cap, found.source) == ("claude-sonnet-4-6", 400, "l.jsonl")
    row = found.row("proven")
    assert row is not None
    assert row.saved_usd_per_1000 == pytest.approx(1000 * 1 / 100 * 15e-6)
    other = ceiling_of_file(FindCeiling(str(path), "l.jsonl", model="claude-haiku-4-5-20251001"), Pricer()).rows[0]
    assert other.saved_usd_per_1000 == pytest.approx(1000 * 1 / 100 * 5e-6)
    assert ceiling_of_file(FindCeiling(str(path), "l.jsonl"), Pricer()).rows[0].saved_usd_per_1000 is None
    with pytest.raises(UsageError, match="--epsilon"):
        ceiling_of_file(FindCeiling(str(path), "l", epsilon=math.nan), Pricer())
    with pytest.raises(UsageError, match="no price"):
        ceiling_of_file(FindCeiling(str(path), "l", model="somebody's"), Pricer())
