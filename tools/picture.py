"""Draws the picture of the README: the real lab, a real benchmark on the simulator, as a self-contained SVG.

Usage: python tools/picture.py [FILE.svg]      (docs/lab.svg)
"""

import asyncio
import re
import sys
from pathlib import Path

from optlab.core.commands import Connection
from optlab.link import AsyncSession
from optlab.tui.app import LabApp
from optlab.tui.desk import Desk, Settings
from optlab.tui.screens.lab import LabScreen

SIZE = (150, 46)
SCENARIO = "support_rules"
LEVERS = ("caching", "streaming")
_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Textual's pictures load their font from elsewhere; ours load nothing and take what monospaced font there is."""


async def drawn() -> str:
    """The lab when a benchmark of two levers is over."""
    session = AsyncSession()
    app = LabApp(Desk(SCENARIO, settings=Settings(pairs="40", speed="25"), connection=Connection(seed=1)), session)
    try:
        async with app.run_test(size=SIZE) as pilot:
            lab = app.screen
            assert isinstance(lab, LabScreen)
            while not lab.scene.ready:
                await pilot.pause(0.05)
            for lever in LEVERS:
                lab.switch_lever(lever)
            await pilot.press("r")
            while lab.scene.running or lab.scene.results.report is None:
                await pilot.pause(0.1)
            await pilot.pause(1.5)
            return app.export_screenshot(title="optlab-tui")
    finally:
        await session.close()


def main() -> None:
    """Draw it into a file."""
    file = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "lab.svg")
    svg = _FONT.sub("", asyncio.run(drawn()))
    assert "url(http" not in svg and 'url("http' not in svg, "nothing is loaded from elsewhere"
    file.write_text(svg, encoding="utf-8")
    print(file)


if __name__ == "__main__":
    main()
