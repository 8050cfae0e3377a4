"""The places of the lab, in their order: names, keys, titles. A new place is one line here and one line in `rooms`."""

import msgspec


class PlaceSpec(msgspec.Struct, frozen=True):
    """One place: its name, the key that leads there, its title, and what it is for."""

    name: str
    key: str
    title: str
    about: str


LAB = "lab"

PLACES: tuple[PlaceSpec, ...] = (
    PlaceSpec(LAB, "f2", "Lab", "Prompt, levers, the race, and what was measured"),
    PlaceSpec("trim", "f3", "Trim", "Cut the prompt piece by piece, and see what it costs"),
    PlaceSpec("charts", "f4", "Charts", "Every chart of what was measured, large"),
    PlaceSpec("history", "f5", "History", "All runs and studies that were kept"),
    PlaceSpec("guide", "f6", "Guide", "The decision table on your profile, and the exercises of the course"),
)
"""All places."""

BY_NAME = {place.name: place for place in PLACES}
