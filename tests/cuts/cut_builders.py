"""Scenarios of a few segments, for tests of what can be cut."""

from optlab.core.prompt import Prompt, Segment
from optlab.core.scenario import CheckSpec, Sample, Scenario
from optlab.cuts.wins import FreeWin, WinKind, find

QUESTION = Segment("question", "user", "{question}", trimmable=False)


def scenario(*segments: Segment | str, labels: tuple[str, ...] = (), samples: int = 12, **variables: str) -> Scenario:
    """A scenario: texts are system segments s1, s2, …; a question follows where no segment is of the user.

    Its samples differ in their question; with `labels` they expect these in turn.
    """
    made = [Segment(f"s{i}", "system", s) if isinstance(s, str) else s for i, s in enumerate(segments, 1)]
    if not any(segment.where == "user" for segment in made):
        made.append(QUESTION)
    rows = tuple(
        Sample(
            f"n{i}",
            {"question": f"Why {i}?", **variables},
            (CheckSpec("equals", {"value": labels[i % len(labels)]}),) if labels else (),
        )
        for i in range(samples)
    )
    return Scenario("Test", "claude-sonnet-4-6", 100, Prompt(tuple(made)), rows)


def wins(subject: Scenario, kind: WinKind) -> list[FreeWin]:
    """The free wins of one kind."""
    return [win for win in find(subject) if win.kind == kind]


def cut_words(subject: Scenario, kind: WinKind) -> list[str]:
    """What the wins of one kind take out, stripped, in order."""
    return [edit.before.strip() for win in wins(subject, kind) for edit in win.edits]
