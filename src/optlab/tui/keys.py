"""How keys are declared: every one with a name by which `config.toml` can give it another key, and with a tooltip."""

import re

from textual.binding import Binding


class Keys:
    """Keys of one place. `name("s", "race", "Race", "…")` is a Binding whose id is "place.race"."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __call__(
        self, key: str, action: str, word: str, about: str, *, shown_as: str | None = None, show: bool = True
    ) -> Binding:
        """One key: what it does, its word in the footer, what it is for."""
        return Binding(
            key, action, word, show=show, key_display=shown_as, tooltip=about, id=f"{self._place}.{named(action)}"
        )


def named(action: str) -> str:
    """An action as a name: "ask('cut')" is "ask-cut"."""
    return re.sub(r"[^a-z0-9]+", "-", action.lower()).strip("-")
