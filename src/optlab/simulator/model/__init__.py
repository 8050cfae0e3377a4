"""The stand-in model: what it answers, and why the answer depends on the prompt.

It reads the prompt (`prompt`, `reading`), decides what shape of answer is asked for (`asking`) and hands it to the
skill that the prompt calls for (`skills`, one file each; `answering` chooses). How often a skill gets an item right
follows from the model's strength and the item's difficulty (`strength`). It knows no scenario and no answer key.
"""

from optlab.simulator.model.answering import answer
from optlab.simulator.model.desk import Desk
from optlab.simulator.model.filling import fill
from optlab.simulator.model.pieces import cut_at, split
from optlab.simulator.model.pondering import ponder, thinking_tokens
from optlab.simulator.model.prompt import Called, Prompt, Turn
from optlab.simulator.model.skills.calling import Call, calls, lead, missing, told
from optlab.simulator.model.skills.extracting import shaped
from optlab.simulator.model.strength import strength_of

__all__ = [
    "Call",
    "Called",
    "Desk",
    "Prompt",
    "Turn",
    "answer",
    "calls",
    "cut_at",
    "fill",
    "lead",
    "missing",
    "ponder",
    "shaped",
    "split",
    "strength_of",
    "thinking_tokens",
    "told",
]
