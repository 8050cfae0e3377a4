"""A submitted batch in words, and what it changes in a report, a snapshot and beside a stream."""

import jsonschema
import pytest
from render_builders import STREAMING, report

from optlab.core.batch import BatchOutcome
from optlab.core.record import RunRecord
from optlab.core.run_events import BatchSeen
from optlab.core.usage import Usage
from optlab.render.batches import batch_lines, batch_words
from optlab.render.comparison import stack
from optlab.render.lanes import NONE, figures, tokens_per_s
from optlab.render.report_json import report_object, schema
from optlab.render.snapshot import Lane, Snapshot, fold
from optlab.render.tables import cost_line

ENDED = BatchOutcome("batch", 10, "ended", "msgbatch_1", 95.0, 8, 1, 0, 1, Usage(10, 5), 0.0125, "the request errored")


@pytest.mark.parametrize(
    "outcome, words",
    [
        (
            ENDED,
            "batch of 10: ended after 1 min 35 s, 8 answered, 1 failed, 1 expired (the request errored); "
            "billed $0.01250 at batch prices",
        ),
        (BatchOutcome("batch", 3, "waiting", waited_s=12.3), "batch of 3: waiting for 12 s"),
        (
            BatchOutcome("batch", 3, "given up", waited_s=300.0, cost_usd=0.5, note="it had not ended after 300 s"),
            "batch of 3: given up after 5 min 0 s (it had not ended after 300 s); it is billed $0.50 at most",
        ),
        (BatchOutcome("batch", 3, "not sent", note="no\x1broom"), "batch of 3: not sent (no␛room)"),
    ],
)
def test_what_became_of_a_batch(outcome: BatchOutcome, words: str) -> None:
    assert batch_words(outcome) == words


def test_a_report_tells_its_batch_and_its_bill_apart() -> None:
    found = report(STREAMING, batches=(ENDED,))
    assert batch_lines(found) == [f"batch: {batch_words(ENDED)}"]
    assert ", $0.01250 of it for the submitted batch, prices" in cost_line(found)
    assert "batch" not in cost_line(report(STREAMING))
    made = report_object(found)
    jsonschema.validate(made, schema())
    (batch,) = made["batches"]
    assert (batch["state"], batch["waited_s"], batch["expired"], batch["cost_usd"]) == ("ended", 95.0, 1, 0.0125)
    assert batch["usage"]["input_tokens"] == 10


def test_a_snapshot_follows_the_batch() -> None:
    waiting = BatchOutcome("batch", 10, "waiting")
    seen = fold(Snapshot(), BatchSeen("r", waiting, 0.25))
    assert (seen.batch, seen.spent_usd) == (waiting, 0.25)
    assert fold(seen, BatchSeen("r", ENDED, 0.5)).batch == ENDED


def test_no_time_stands_beside_a_stream_that_stands_for_a_batch() -> None:
    one = RunRecord("r.0", "batch", "s", 0, "measured", "", (), "text", 4.0, 4.0, untimed=True)
    shown = figures(Lane("batch", run_id="r.0", run=one), 9.0, "simulated")
    assert (shown.first, shown.total, shown.final) == (NONE, NONE, True)
    assert "a batch" in shown.total_words
    assert tokens_per_s(one) is None


def test_a_stack_is_told_in_its_order() -> None:
    assert stack(["trim:off=all", "batch"]) == "1 trim:off=all → 2 batch"
    assert stack([]) == "as written"
