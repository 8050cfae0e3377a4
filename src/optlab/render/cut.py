"""One cut, tested: whether the answers change and whether they get worse, as a page and as plain values."""

from typing import Any

import msgspec

from optlab.core.study import StudyHead
from optlab.core.trim_report import CutReport
from optlab.render.sheet import Sheet, Words, heading
from optlab.render.study import bill, caveats, study_title
from optlab.render.trim import change_words, differing, saving_words

SCHEMA = "optlab.cut/1"


def cut_object(head: StudyHead, report: CutReport | None) -> dict[str, Any]:
    """The test as plain values; `cut` is null where no answer came."""
    return {"schema": SCHEMA, **msgspec.to_builtins(head), "cut": msgspec.to_builtins(report) if report else None}


def cut_sheet(head: StudyHead, report: CutReport | None) -> Sheet:
    """The test as a page: what the cut saves, its verdict card, and the change test."""
    title = heading(study_title("would the answers change?", head))
    if report is None:
        return title, Words(("No whole pair of answers came, so nothing can be said.", bill(head)))
    saving = report.saving
    tokens = f"About {saving.tokens_before:,} tokens become {saving.tokens_after:,} (estimated)"
    keep = report.quality is not None and report.quality.verdict in ("better", "non-inferior")
    saves = "saves" if keep else "would save"
    return (
        title,
        *((report.card,) if report.card else ()),
        Words((f"{tokens}. Of input alone that {saves} {saving_words(saving)}.",)),
        Words((change_words(report.change),), "list"),
        *differing(report.change),
        *caveats(head),
        Words((bill(head),)),
    )
