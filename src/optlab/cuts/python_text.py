"""Texts and JSON as Python source. What a file holds is always a literal here, never code."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_QUOTES_IN_A_ROW = re.compile(r'"(?="|\Z)')
_INDENT = "    "
_SHORT_LINE = 72
"""Characters of a string that stays on one line, whatever line ends are in it."""

Parts = Sequence[str | tuple[str]]
"""A text in parts: words as they are, and parameters, each as a tuple of its name."""


def literal(text: str) -> str:
    """A text as a string on one line; what nobody would see is written as an escape."""
    return f'"{_escaped(text)}"'


def block(text: str) -> str:
    """A text of several lines as a triple-quoted string that begins on a line of its own."""
    body = "".join(char if char in '\n"' else _SHORT.get(char) or _shown(char) for char in text)
    return '"""\\\n' + _QUOTES_IN_A_ROW.sub(r'\\"', body) + '"""'


def joined(parts: Parts, indent: int) -> str:
    """A text with parameters as f-strings: one where it is short or has one line, else one a line, in brackets."""
    if len(parts) == 1 and isinstance(parts[0], tuple):
        return parts[0][0]
    lines = _lines(parts)
    whole = _formatted(parts)
    if len(lines) == 1 or len(whole) <= _SHORT_LINE:
        return whole
    inner = "\n".join(f"{_INDENT * (indent + 1)}{_formatted(line)}" for line in lines)
    return f"(\n{inner}\n{_INDENT * indent})"


def data(value: Any, indent: int, parts_of: Mapping[str, str]) -> str:
    """JSON as Python; a character that `parts_of` names stands for the parameter it names."""
    if isinstance(value, str):
        return joined(_apart(value, parts_of), indent) if not parts_of.keys().isdisjoint(value) else literal(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value!r}")'
    pad, end = _INDENT * (indent + 1), _INDENT * indent
    if isinstance(value, dict) and value:
        inner = (
            f"{pad}{data(name, indent + 1, parts_of)}: {data(inner, indent + 1, parts_of)},\n"
            for name, inner in value.items()
        )
        return f"{{\n{''.join(inner)}{end}}}"
    if isinstance(value, list) and value:
        flat = f"[{', '.join(data(inner, indent + 1, parts_of) for inner in value)}]"
        if len(flat) <= 80 and "\n" not in flat:
            return flat
        return f"[\n{''.join(f'{pad}{data(inner, indent + 1, parts_of)},{chr(10)}' for inner in value)}{end}]"
    return repr(value)


def _apart(text: str, parts_of: Mapping[str, str]) -> Parts:
    pieces = re.split(f"([{re.escape(''.join(parts_of))}])", text)
    return [(parts_of[piece],) if piece in parts_of else piece for piece in pieces if piece]


def _lines(parts: Parts) -> Sequence[Parts]:
    """The parts line by line; a line end belongs to its line."""
    lines: list[list[str | tuple[str]]] = [[]]
    for part in parts:
        if isinstance(part, tuple):
            lines[-1].append(part)
            continue
        for at, words in enumerate(part.split("\n")):
            if at:
                lines[-1].append("\n")
                lines.append([])
            if words:
                lines[-1].append(words)
    return lines if lines[-1] or len(lines) == 1 else lines[:-1]


def _formatted(parts: Parts) -> str:
    if all(isinstance(part, str) for part in parts):
        return literal("".join(part for part in parts if isinstance(part, str)))
    inner = "".join(
        f"{{{part[0]}}}" if isinstance(part, tuple) else _escaped(part).replace("{", "{{").replace("}", "}}")
        for part in parts
    )
    return f'f"{inner}"'


def _escaped(text: str) -> str:
    return "".join(_SHORT.get(char) or _shown(char) for char in text)


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
