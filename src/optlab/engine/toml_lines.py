"""Where in a TOML file a key stands, so that an error can name the line. Reads the text, not the values."""

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-\"'.]+)\s*=")

_LONG_QUOTES = ('"""', "'''")


class TomlLines:
    """An index from paths such as `segment[1].where` to line numbers, counted from 1."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        counts: dict[str, int] = {}
        table = ""
        quote: str | None = None
        for number, line in enumerate(text.split("\n"), 1):
            if quote:
                quote = None if quote in line else quote
                continue
            if header := _HEADER.match(line):
                table = self._table(header.group(1), header.group(2), counts)
                self._lines.setdefault(table, number)
            elif key := _KEY.match(line):
                name = key.group(1).strip("\"'")
                self._lines.setdefault(f"{table}.{name}" if table else name, number)
                value = line[key.end() :].lstrip()
                opened = value[:3]
                if opened in _LONG_QUOTES and opened not in value[3:]:
                    quote = opened

    @staticmethod
    def _table(bracket: str, name: str, counts: dict[str, int]) -> str:
        steps = [step.strip().strip("\"'") for step in name.split(".")]
        path = ""
        for depth, step in enumerate(steps):
            path = f"{path}.{step}" if path else step
            if bracket == "[[" and depth == len(steps) - 1:
                counts[path] = counts.get(path, -1) + 1
            if path in counts:
                path = f"{path}[{counts[path]}]"
        return path

    def find(self, path: str) -> tuple[int, str]:
        """The line of the deepest known part of a path like `$.segment[1].where`, and the path without its `$`."""
        wanted = path.lstrip("$").lstrip(".")
        probe = wanted
        while probe:
            if probe in self._lines:
                return self._lines[probe], wanted
            cut = max(probe.rfind("."), probe.rfind("["))
            probe = probe[:cut] if cut > 0 else ""
        return 1, wanted
