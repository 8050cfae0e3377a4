"""Who races: as written, the pulled stack, a single lever, or another model. Pure values."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from optlab.catalogue import load
from optlab.core.experiment import LeverChoice
from optlab.levers import BY_NAME, LEVERS, stacked

STREAMING = "streaming"
MODEL = "smaller_model"


class Racer(msgspec.Struct, frozen=True):
    """One side of a race. `name` is a lever's or a model's id; `streams`: its answer streams whatever else it does."""

    kind: Literal["written", "pulled", "lever", "model"]
    name: str = ""
    streams: bool = False

    def levers(self, pulled: Sequence[LeverChoice], settings: Mapping[str, LeverChoice]) -> tuple[LeverChoice, ...]:
        """Its stack of levers. `pulled` is the stack on the desk, `settings` every lever as it is set there."""
        match self.kind:
            case "written":
                stack: tuple[LeverChoice, ...] = ()
            case "pulled":
                stack = tuple(pulled)
            case "lever":
                stack = (settings[self.name],)
            case "model":
                stack = (LeverChoice(MODEL, {"model": self.name}),)
        if self.streams and all(choice.name != STREAMING for choice in stack):
            stack = (*stack, LeverChoice(STREAMING))
        return stacked(stack)

    def title(self, pulled: str) -> str:
        """What it is called; `pulled` names the stack on the desk."""
        words = {"written": "as written", "pulled": pulled or "no lever on", "model": self.name}
        found = BY_NAME[self.name].spec.title.lower() if self.kind == "lever" else words[self.kind]
        extra = self.streams and STREAMING not in found
        return f"{found} + {STREAMING}" if extra else found


AS_WRITTEN = Racer("written")
PULLED = Racer("pulled")


class Racers(msgspec.Struct, frozen=True):
    """The two sides. At first the scenario as written, which does not stream, against the stack on the desk."""

    left: Racer = AS_WRITTEN
    right: Racer = PULLED

    @property
    def swapped(self) -> "Racers":
        """The two with their sides changed."""
        return Racers(self.right, self.left)

    @property
    def as_ever(self) -> bool:
        """Whether it is baseline against candidate, as in a benchmark."""
        return self == Racers()

    def needs_lever(self, pulled: Sequence[object]) -> bool:
        """Whether a lever must be pulled first, so that there is anything to race."""
        return not pulled and self.as_ever


def choices(model: str) -> tuple[Racer, ...]:
    """Everybody that can race a prompt of `model`: levers that are timed, and every other model that has not retired.

    The model that answers anyway is the prompt as written.
    """
    known = load()
    own = known.find(model)
    levers = (Racer("lever", lever.spec.name) for lever in LEVERS if lever.spec.timed and lever.spec.name != MODEL)
    models = (
        Racer("model", other.id)
        for other in known.models
        if other != own and other.lifecycle.status in ("active", "deprecated")
    )
    return (AS_WRITTEN, PULLED, *levers, *models)
