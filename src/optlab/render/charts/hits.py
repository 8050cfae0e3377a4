"""What the prompt cache did, run by run: tokens read, tokens written, tokens it had nothing to do with."""

from optlab.render.canvas import Canvas
from optlab.render.charts.chart import Chart, no_runs, variants
from optlab.render.charts.panels import Panel, panels, say
from optlab.render.snapshot import Point, Snapshot
from optlab.render.styled import RGB, Lines, Palette

_CLASSES = (("█", "read"), ("▒", "written"), ("·", "neither"))
_WIDEST = 4
"""Columns a run takes at most."""


def _draw(snapshot: Snapshot, size: tuple[int, int], palette: Palette) -> Lines:
    canvas = Canvas(*size)
    words = "   ".join(f"{texture} {name}" for texture, name in _CLASSES)
    canvas.put(0, 1, f"{words}   R read, W wrote, – neither; first: warm-up", palette.text)
    most = max((p.usage.prompt_tokens for p in snapshot.points), default=1) or 1
    for panel in panels(canvas, variants(snapshot), palette, top=1, below=0):
        _panel(canvas, panel, _runs(snapshot, panel.name), most, palette)
    return canvas.lines()


def _runs(snapshot: Snapshot, name: str) -> list[Point]:
    """The runs of one variant as they ended, its warm-up first; what was set aside is left out."""
    return [p for p in snapshot.points if p.variant == name and p.phase in ("cold", "measured") and not p.failed]


def _panel(canvas: Canvas, panel: Panel, runs: list[Point], most: int, palette: Palette) -> None:
    measured = [p for p in runs if p.phase == "measured"]
    read = sum(p.usage.cache_read_tokens > 0 for p in measured)
    every = max(1, -(-len(runs) // panel.columns))
    seldom = f", one run of {every} drawn" if every > 1 else ""
    say(
        canvas,
        panel,
        f"{read} of {len(measured)} runs read the cache{seldom}",
        palette,
    )
    width = min(_WIDEST, max(1, panel.columns // max(1, len(runs))))
    bars = max(0, panel.rows - 1)
    if bars:
        canvas.put(panel.top, 0, f"{most:,}".rjust(panel.left - 1), palette.text)
    for number, run in enumerate(runs[::every]):
        column = panel.left + number * width
        _bar(canvas, panel.top, bars, column, max(1, width - (width > 1)), run, most, palette.of(panel.index), palette)
        usage = run.usage
        letter = "R" if usage.cache_read_tokens else "W" if usage.cache_write_tokens else "–"
        canvas.put(panel.top + bars, column, letter, palette.of(panel.index) if letter == "R" else palette.text)


def _bar(
    canvas: Canvas, top: int, rows: int, column: int, width: int, run: Point, most: int, colour: RGB, palette: Palette
) -> None:
    """A pile of whole cells: what is read at the bottom, then what is written, then the rest."""
    done = 0
    filled = 0
    tokens = (run.usage.cache_read_tokens, run.usage.cache_write_tokens, run.usage.input_tokens)
    for (texture, _), count in zip(_CLASSES, tokens, strict=True):
        done += count
        until = min(rows, max(round(rows * done / most), filled + 1)) if count else filled
        for row in range(filled, until):
            canvas.put(top + rows - 1 - row, column, texture * width, palette.text if texture == "·" else colour)
        filled = until


def _says(snapshot: Snapshot) -> str:
    runs = [p for p in snapshot.points if p.phase == "measured"]
    return f"n = {len(runs)} runs and their warm-ups · tokens of the prompt by run"


def _missing(snapshot: Snapshot) -> str:
    if any(p.usage.cache_read_tokens or p.usage.cache_write_tokens for p in snapshot.points):
        return no_runs(snapshot)
    return no_runs(snapshot) or "No prompt met a cache; the lever caching changes that."


HITS = Chart(
    "hits",
    "h",
    "Hits",
    "Cache hits and misses",
    "The tokens of every prompt in order: read from the cache, written, or neither.",
    _draw,
    _says,
    _missing,
)
