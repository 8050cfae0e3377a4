"""The stand-in model: what it answers, and why the answer depends on the prompt.

It reads the last user turn, decides what shape of answer is asked for (`asking`), looks for sentences of the given text
that bear on the question (`reading`, `retrieval`), and else writes prose about the topic (`prose`, with a short table
of well-known `works` and `facts`). It knows no scenario and no answer key. `answering` puts these together.
"""

from optlab.simulator.model.answering import answer
from optlab.simulator.model.filling import fill
from optlab.simulator.model.pieces import cut_at, split
from optlab.simulator.model.pondering import ponder, thinking_tokens
from optlab.simulator.model.prompt import Prompt

__all__ = ["Prompt", "answer", "cut_at", "fill", "ponder", "split", "thinking_tokens"]
