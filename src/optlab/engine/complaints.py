"""What is wrong with a scenario file, in one sentence: file, line, key, and what was expected."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, get_args

import msgspec

from optlab.core.errors import ScenarioError
from optlab.core.prompt import Role, Where
from optlab.core.scenario import MetricName
from optlab.engine.toml_lines import TomlLines

_CHOICES = {"where": get_args(Where), "role": get_args(Role), "primary": get_args(MetricName)}
_TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


class Complaints:
    """Raises ScenarioErrors that name the place. `label` is the file as the user named it."""

    def __init__(self, label: str, text: str) -> None:
        self._label = label
        self._lines = TomlLines(text)
        self._row: tuple[str, int] | None = None

    @contextmanager
    def row(self, here: tuple[str, int] | None) -> Iterator[None]:
        """While in here, complaints are about this line of a samples file (None: of the scenario's own)."""
        self._row = here
        try:
            yield
        finally:
            self._row = None

    @property
    def here(self) -> tuple[str, int] | None:
        """The line of a samples file that complaints are about; None where they are about the scenario itself."""
        return self._row

    def at(self, key: str, words: str) -> NoReturn:
        """Complain of a key, given as a path such as `segment[1].where`."""
        if self._row is not None:
            file, number = self._row
            raise ScenarioError(f"{file}, line {number}, key {key.partition('.')[2] or key!r}: {words}")
        line, key = self._lines.find(key)
        raise ScenarioError(f"{self._label}, line {line}, key {key!r}: {words}")

    def of(self, error: msgspec.ValidationError, at: str = "") -> NoReturn:
        """Complain of what msgspec found in the value at a path."""
        words, _, path = str(error).partition(" - at `")
        full = ".".join(filter(None, (at, path.rstrip("`").removeprefix("$").lstrip("."))))
        key = re.search(r"(?:unknown field|required field) `(\w+)`", words)
        if key:
            full = ".".join(filter(None, (full, key.group(1))))
            self.at(full, "this key is missing" if "missing" in words else "optlab knows no such key")
        self.at(full, _in_plain_words(words, full))


def type_words(types: str) -> str:
    """msgspec's name of a type, or of several with ` | ` between, in plain words; anything else as it stands."""
    names = types.split(" | ")
    return " or ".join(_TYPES[name] for name in names) if _TYPES.keys() >= {*names} else f"`{types}`"


def _in_plain_words(words: str, key: str) -> str:
    name = key.rpartition(".")[2]
    if words.startswith("Invalid enum value") and name in _CHOICES:
        return f"expected one of {', '.join(_CHOICES[name])}, got {words.removeprefix('Invalid enum value ')}"
    if words.startswith("Expected `array`, got `object`"):
        return f"there can be several: write [[{name}]], not [{name}]"
    plain = re.sub(r"`([a-z |]+)`", lambda found: type_words(found.group(1)), words)
    return plain[:1].lower() + plain[1:]
