"""The search for what can go, carried out: questions of `stats.noisy_search` become prompts, samples, answers.

With `auto` there are two rounds: whole segments, then the sentences and list items of those segments that must stay.
"""

from collections.abc import Iterator

from optlab.core.commands import By
from optlab.core.prompt import Prompt
from optlab.core.scenario import Scenario
from optlab.core.study_events import CutTried
from optlab.core.trim_report import PieceFound, PieceState, SearchEnd
from optlab.cuts.pieces import Piece, husks, pieces, without
from optlab.stats import Ask, NoisySearch
from optlab.studies.cut_prompts import FINER, first_words, piece_tokens, pieces_by, sendable
from optlab.studies.study import Lab
from optlab.studies.trim_oracle import Oracle, Trial

LONGEST_TITLE = 60


class Round:
    """One search over the pieces of one prompt; `pieces` may go, `kept` are of this prompt too and may not."""

    def __init__(self, scenario: Scenario, prompt: Prompt, found: tuple[Piece, ...], wanted: float | None) -> None:
        self.prompt = prompt
        self.pieces = tuple(piece for piece in found if piece.cuttable)
        self.kept = tuple(piece for piece in found if not piece.cuttable)
        self.search = NoisySearch([piece_tokens(scenario, piece) for piece in self.pieces], wanted)

    def names(self, positions: frozenset[int]) -> tuple[str, ...]:
        """Names of pieces, in the order of the prompt."""
        return tuple(self.pieces[at].name for at in sorted(positions))

    def without(self, positions: frozenset[int]) -> Prompt:
        """The prompt of this round without some of its pieces."""
        return without(self.prompt, [self.pieces[at] for at in positions])

    def is_husk(self, tag: Piece) -> bool:
        """Whether a piece that may not go by itself is a tag all of whose content is cut, and so goes as well."""
        gone = [piece for at in self.search.gone if (piece := self.pieces[at]).segment == tag.segment and piece.number]
        text = next(segment.text for segment in self.prompt.segments if segment.name == tag.segment)
        found = husks(text, [(piece.start, piece.end) for piece in gone])
        return tag.kind == "tag" and any(start <= tag.start and tag.end <= end for start, end in found)


class TrimSearch:
    """A search under way; `prompt` is the prompt without all that is cut."""

    def __init__(self, scenario: Scenario, by: By, wanted: float | None, most_calls: int) -> None:
        """`wanted` tokens are to go (None: all that can); at most `most_calls` calls are made.

        Raises UsageError where nothing may go.
        """
        self._scenario = scenario
        self._by = by
        self._wanted = wanted
        self._most_calls = most_calls
        self.rounds = [Round(scenario, scenario.prompt, pieces_by(scenario.prompt, by), wanted)]
        self.tests = 0
        self._returned: set[str] = set()

    @property
    def prompt(self) -> Prompt:
        """The prompt as the search stands: what any round has put back is in it again.

        A later round cuts inside segments that an earlier one left whole, so the places of all pieces hold together.
        """
        gone = [part.pieces[at] for part in self.rounds for at in part.search.gone]
        return without(self._scenario.prompt, gone)

    @property
    def cut(self) -> tuple[str, ...]:
        """Names of all that is cut."""
        return tuple(name for part in self.rounds for name in part.names(part.search.gone))

    @property
    def needed(self) -> tuple[str, ...]:
        """Names of all that was found needed."""
        return tuple(name for part in self.rounds for name in part.names(part.search.needed))

    def put_back(self) -> tuple[str, ...]:
        """Put back what was cut last, the least vouched for, after a verification; its names, if any are cut."""
        for part in reversed(self.rounds):
            if part.search.layers:
                names = part.names(frozenset(part.search.put_back()))
                self._returned.update(names)
                return names
        return ()

    def put_all_back(self) -> None:
        """Put back all that was cut."""
        while self.put_back():
            pass

    def put_back_finer(self) -> bool:
        """Put back all that the finer round cut, so that whole segments alone are cut; False where it cut nothing."""
        finer = [part for part in self.rounds[1:] if part.search.layers]
        for part in finer:
            while part.search.layers:
                self._returned.update(part.names(frozenset(part.search.put_back())))
        return bool(finer)

    async def run(self, lab: Lab, oracle: Oracle) -> SearchEnd:
        """Search as far as calls, budget and user let; a last cut that is not certain yet is put back."""
        ended = await self._round(lab, oracle)
        if ended == "searched" and self._by == "auto" and self._refine():
            ended = await self._round(lab, oracle)
        return "goal reached" if ended == "searched" and self.reached else ended

    @property
    def reached(self) -> bool:
        """Whether as much is cut as was wanted; never where all that can go is."""
        return self._wanted is not None and self._missing() <= 0

    async def _round(self, lab: Lab, oracle: Oracle) -> SearchEnd:
        search = self.rounds[-1].search
        steps = search.steps()
        ended: SearchEnd = "searched"
        try:
            ask = next(steps)
            while True:
                trial = await self._asked(ask, lab, oracle)
                if trial.good is None:
                    ended = self._why(lab, oracle)
                    break
                ask = steps.send(trial.good)
        except StopIteration:
            pass
        if not search.certain:
            search.put_back()
        return ended

    def _why(self, lab: Lab, oracle: Oracle) -> SearchEnd:
        if lab.stopped == "cancelled":
            return "cancelled"
        return "call limit" if oracle.calls >= self._most_calls else "budget"

    async def _asked(self, ask: Ask, lab: Lab, oracle: Oracle) -> Trial:
        part = self.rounds[-1]
        prompt, tried = part.without(ask.cut), part.names(ask.tried)
        cut = frozenset(name for one in self.rounds[:-1] for name in one.names(one.search.gone))
        cut |= frozenset(part.names(ask.cut))
        self.tests += 1
        left = self._most_calls - oracle.calls
        if not sendable(self._scenario, prompt, self._scenario.samples):
            trial = Trial(cut, frozenset(tried), {}, False)
        elif left <= 0:
            trial = Trial(cut, frozenset(tried), {}, None)
        else:
            # Only where it looks for who is to blame: a vote that repeats another must not repeat its samples.
            accuse, title = ask.why == "search", _title(ask, tried)
            trial = await oracle.test(lab, prompt, cut, frozenset(tried), title, accuse=accuse, most_calls=left)
        lab.tell(
            CutTried(
                number=self.tests,
                why=ask.why,
                tried=tried,
                good=trial.good,
                answers=len(trial.losses),
                losses=trial.lost,
                dead=self.cut,
                needed=self.needed,
                calls=lab.calls,
                spent_usd=lab.spent_usd,
            )
        )
        return trial

    def _missing(self) -> float:
        assert self._wanted is not None
        gone = (piece_tokens(self._scenario, part.pieces[at]) for part in self.rounds for at in part.search.gone)
        return self._wanted - sum(gone)

    def _refine(self) -> bool:
        """Begin a round on finer pieces of the segments that must stay; False where there are none."""
        if self.reached:
            return False
        part = self.rounds[-1]
        segments = set(part.names(part.search.needed))
        prompt = self.prompt
        found = tuple(p for p in pieces(prompt, dict.fromkeys(segments, FINER)) if p.segment in segments and p.number)
        if not any(piece.cuttable for piece in found):
            return False
        wanted = None if self._wanted is None else self._missing()
        self.rounds.append(Round(self._scenario, prompt, found, wanted))
        return True

    def found(self, oracle: Oracle) -> Iterator[PieceFound]:
        """Every piece of the prompt in its order, the finer ones in the place of their segment, with the evidence."""
        finer: dict[str, list[PieceFound]] = {}
        for part in self.rounds[1:]:
            for piece in sorted((*part.pieces, *part.kept), key=lambda piece: piece.start):
                finer.setdefault(piece.segment, []).append(self._piece(part, piece, oracle))
        first = self.rounds[0]
        order = {segment.name: number for number, segment in enumerate(first.prompt.segments)}
        for piece in sorted((*first.pieces, *first.kept), key=lambda piece: (order[piece.segment], piece.start)):
            yield from finer.get(piece.segment) or (self._piece(first, piece, oracle),)

    def _piece(self, part: Round, piece: Piece, oracle: Oracle) -> PieceFound:
        trials = [trial for trial in oracle.trials if piece.name in trial.cut and trial.good is not None]
        state = self._state(part, piece)
        used = [trial for trial in trials if trial.good] if state == "dead" else trials
        answers, lost = sum(len(t.losses) for t in used), sum(t.lost for t in used)
        returned = "the search cut it, and it was put back because the held-out samples showed a loss"
        husk = state == "fixed" and part.is_husk(piece)
        words = {
            "fixed": "all that it holds is cut, so it goes as well" if husk else self._fixed_words(piece),
            "dead": f"{lost:.3g} of {answers} answers without it were lost, in {_tests(used)} that found no loss",
            "needed": _needed_words(piece, trials),
            "untried": f"its votes did not agree, in {_tests(trials)}" if trials else "the search did not get to it",
        }
        return PieceFound(
            name=piece.name,
            kind=piece.kind,
            tokens=piece_tokens(self._scenario, piece),
            kept=state != "dead" and not husk,
            state=state,
            evidence=returned if state != "dead" and piece.name in self._returned else words[state],
            trials=len(trials),
            answers=sum(len(trial.losses) for trial in trials),
            words=first_words(piece),
        )

    def _fixed_words(self, piece: Piece) -> str:
        """Why a piece may not go: the scenario says so of its segment, or it is a tag that opens or closes others."""
        segment = next(one for one in self._scenario.prompt.segments if one.name == piece.segment)
        if not segment.trimmable:
            return "the scenario keeps it (trimmable = false)"
        return "a tag: without it what it opens would stay open"

    def _state(self, part: Round, piece: Piece) -> PieceState:
        if not piece.cuttable:
            return "fixed"
        at = part.pieces.index(piece)
        if at in part.search.gone:
            return "dead"
        return "needed" if at in part.search.needed else "untried"


def _needed_words(piece: Piece, trials: list[Trial]) -> str:
    """What was lost in the tests that were about it alone."""
    alone = [trial for trial in trials if trial.tried == {piece.name}]
    answers, lost = sum(len(t.losses) for t in alone), sum(t.lost for t in alone)
    if not answers:
        return "without it the prompt makes no request"
    return f"{lost:.3g} of {answers} answers without it were lost, in {_tests(alone)}"


def _tests(trials: list[Trial]) -> str:
    return f"{len(trials)} test{'' if len(trials) == 1 else 's'}"


def _title(ask: Ask, tried: tuple[str, ...]) -> str:
    words = ", ".join(tried) if tried else "all that is cut, once more"
    short = words if len(words) <= LONGEST_TITLE else words[: LONGEST_TITLE - 1] + "…"
    return f"without {short}" if ask.why != "all" else "without anything that may go"
