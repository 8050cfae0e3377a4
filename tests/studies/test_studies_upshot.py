"""What a list says of a study is picked from its end."""

import msgspec
from trim_bed import Bed, World

from optlab.core import commands
from optlab.core.commands import FindCuts, MapHeat
from optlab.core.study import Upshot
from optlab.core.verdict import CardWord
from optlab.cuts.pieces import without
from optlab.studies.cut_prompts import pieces_by
from optlab.studies.cut_test import CutTest
from optlab.studies.heat import HeatStudy
from optlab.studies.trimming import TrimStudy
from optlab.studies.upshot import NOTHING, upshot_of


async def test_what_studies_of_cuts_came_to() -> None:
    world = World(1, pieces=3, needed=1)
    dead = [piece for piece in pieces_by(world.scenario.prompt, "segment") if piece.name in world.dead]
    trim = await TrimStudy(FindCuts("x"), world.scenario).carry_out(await Bed(world, world.scenario, "trim").lab())
    saving = trim.report.saving
    assert upshot_of(trim) == Upshot(word=CardWord.ADOPT, tokens=(saving.tokens_before, saving.tokens_after))
    asked = commands.TestCut("x", trimmed=without(world.scenario.prompt, dead), items=30)
    cut = await CutTest(asked, world.scenario).carry_out(await Bed(world, world.scenario, "cut").lab())
    assert cut.report is not None and cut.report.card is not None
    assert upshot_of(cut) == Upshot(word=cut.report.card.verdict, tokens=(saving.tokens_before, saving.tokens_after))
    assert upshot_of(msgspec.structs.replace(cut, report=None)) == NOTHING
    heat = await HeatStudy(MapHeat("x", items=4), world.scenario).carry_out(
        await Bed(world, world.scenario, "heat").lab()
    )
    assert upshot_of(heat) == Upshot(pieces=3)
