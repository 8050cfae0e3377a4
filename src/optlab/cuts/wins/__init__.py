"""Free wins: what a prompt can do without, or better elsewhere, found without a call and offered one by one.

`KINDS` is the table of contents; to add a kind, write a file and put it here. What to cut beyond these needs calls.
"""

from collections.abc import Callable, Collection, Iterator

import msgspec

from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.cuts.wins.cache_breakers import cache_breakers
from optlab.cuts.wins.duplicates import duplicates, near_duplicates
from optlab.cuts.wins.examples import examples
from optlab.cuts.wins.filler import filler
from optlab.cuts.wins.key_order import key_order
from optlab.cuts.wins.reading import Ground
from optlab.cuts.wins.whitespace import whitespace
from optlab.cuts.wins.win import Edit, FreeWin, Placed, Quote, WinKind, apply


class Kind(msgspec.Struct, frozen=True):
    """One kind of free win: what it is about, and how it is found in a prompt."""

    name: WinKind
    about: str
    find: Callable[[Ground], Iterator[FreeWin]]


KINDS: tuple[Kind, ...] = (
    Kind("duplicate", "sentences and list items that are there twice", duplicates),
    Kind("near duplicate", "sentences and list items that say the same in other words", near_duplicates),
    Kind("example", "examples that no sample needs", examples),
    Kind("cache", "parts that change from call to call in front of a long rest that does not", cache_breakers),
    Kind("key order", "JSON of a variable that comes in another order every time", key_order),
    Kind("filler", "filler and politeness in instructions", filler),
    Kind("white space", "spaces and blank lines that say nothing", whitespace),
)
"""In the order in which they are offered: what saves most, and cannot be undone by what follows, first."""

_MOST_ROUNDS = 20


def find(scenario: Scenario) -> tuple[FreeWin, ...]:
    """All free wins of a scenario's prompt as it stands, by kind, each kind in the order of the prompt.

    After one of them is taken the others may have moved: taking one that still fits works, one that does not is
    refused; looking again always helps.
    """
    ground = Ground(scenario)
    return tuple(win for kind in KINDS for win in kind.find(ground))


def take_all(scenario: Scenario, kinds: Collection[WinKind] | None = None) -> tuple[Prompt, tuple[FreeWin, ...]]:
    """The prompt with every free win of these kinds (None: all) taken, and the wins in the order in which they were.

    Found anew after each round, as taking one can make room for another; advice is not among them.
    """
    prompt, taken = scenario.prompt, list[FreeWin]()
    for _ in range(_MOST_ROUNDS):
        found = find(msgspec.structs.replace(scenario, prompt=prompt))
        fresh = [win for win in found if win.can_be_applied and (kinds is None or win.kind in kinds)]
        before = len(taken)
        for win in fresh:
            try:
                prompt = win.apply(prompt)
            except ValueError:  # another one has changed its words: it is looked for again in the next round
                continue
            taken.append(win)
        if len(taken) == before:
            break
    return prompt, tuple(taken)


__all__ = ["KINDS", "Edit", "FreeWin", "Kind", "Placed", "Quote", "WinKind", "apply", "find", "take_all"]
