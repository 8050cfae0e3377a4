"""What a recipe makes: one sample with its checks, and answers to it of which is known whether they are right."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Item:
    """One line of a samples file, and answers that its checks must accept (`right`) and refuse (`wrong`)."""

    row: dict[str, Any]
    right: tuple[str, ...]
    wrong: tuple[str, ...]
