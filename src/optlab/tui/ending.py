"""Before something under way is ended: whether to ask first, and in which words. Pure: the clock is given."""

from optlab.core.record import Provenance
from optlab.render.format import usd
from optlab.tui.files.question_screen import Answer
from optlab.tui.scene import Scene

AGAIN_S = 5.0
"""So long a second esc counts as the answer to what the first one asked."""
A_FEW_S = 3.0
"""Simulated work that takes no longer, and has no longer to go, is left without a question."""


def dear(scene: Scene) -> bool:
    """Whether esc asks before it ends what runs: it is paused, or real money went into it."""
    return scene.running and (scene.progress.pausing != "no" or (_real(scene) and scene.stage.spent_usd > 0))


def worth_asking(scene: Scene, now: float) -> bool:
    """Whether q asks before it leaves: what runs is dear, on a real API, or takes more than a few seconds."""
    if not scene.running or scene.dead:
        return False
    begun, left = scene.progress.began_at, scene.left_s(now)
    return dear(scene) or _real(scene) or (begun is not None and now - begun >= A_FEW_S) or (left or 0.0) >= A_FEW_S


def again(scene: Scene) -> str:
    """What the second line says after a first esc."""
    return f"esc again within {AGAIN_S:.0f} s ends it: {_so_far(scene)}; what was paid for is kept."


def busy(scene: Scene) -> str:
    """What the second line says to a key that would start another run."""
    if not scene.long:
        return "A run is on: esc ends it."
    return f"A run is on: p {'goes on' if scene.progress.pausing != 'no' else 'pauses'}, esc ends it."


def leaving(scene: Scene) -> tuple[str, tuple[str, ...], tuple[Answer, ...]]:
    """The question of q in mid-run: title, sentences, the one answer."""
    words = (
        f"What runs is ended: {_so_far(scene)}.",
        "Finished runs stay in the history; the verdict that the rest would bring is lost.",
    )
    return "Leave while a run is on?", words, (Answer("q", "leave", "Leave", "End what runs, and leave the lab"),)


def _real(scene: Scene) -> bool:
    return scene.stage.where is not None and scene.stage.where.provenance is Provenance.MEASURED


def _so_far(scene: Scene) -> str:
    runs = scene.progress.runs
    return f"{runs} run{' is' if runs == 1 else 's are'} done, {usd(scene.stage.spent_usd)} spent"
