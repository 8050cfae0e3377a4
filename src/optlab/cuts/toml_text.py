"""Values as TOML, written so that people can read them and every string survives byte for byte."""

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_QUOTES_IN_A_ROW = re.compile(r'"(?="|\Z)')
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that are written as escapes: nobody sees them, and some turn text around."""


def key(name: str) -> str:
    """A key, bare where it may be."""
    return name if _BARE.fullmatch(name) else _basic(name)


def value(found: Any) -> str:
    """A value on one line, texts of several lines apart. Raises ValueError for what TOML has no word for, as null."""
    if isinstance(found, str):
        return string(found)
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float) and not math.isfinite(found):
        return "nan" if math.isnan(found) else "inf" if found > 0 else "-inf"
    if isinstance(found, int | float):
        return repr(found)
    if isinstance(found, datetime | date | time):
        return found.isoformat()
    if isinstance(found, Mapping):
        return "{" + ", ".join(f"{key(str(name))} = {_inline(inner)}" for name, inner in found.items()) + "}"
    if isinstance(found, list | tuple):
        return "[" + ", ".join(map(_inline, found)) + "]"
    raise ValueError(f"TOML cannot say {'null' if found is None else repr(found)}; keep it in a file of samples (JSON)")


def string(text: str) -> str:
    """A string: of several lines where the text has several, literal where that spares escapes, else quoted."""
    if "\n" in text.rstrip("\n"):
        return _long(text)
    if "\\" in text and "'" not in text and all(map(_plain, text)):
        return f"'{text}'"
    return _basic(text)


def table(values: Mapping[str, Any]) -> str:
    """Lines of `key = value`."""
    return "".join(f"{key(name)} = {value(found)}\n" for name, found in values.items())


def _inline(found: Any) -> str:
    """A value inside a list or table: there a string stays on its line."""
    return _basic(found) if isinstance(found, str) and "\n" in found else value(found)


def _basic(text: str) -> str:
    return '"' + "".join(_SHORT.get(char) or (char if _plain(char) else _code(char)) for char in text) + '"'


def _long(text: str) -> str:
    """A multi-line string. TOML drops a line end right behind the quotes, and readers change bare carriage returns."""
    body = "".join(char if char in '\n"' or (_plain(char) and char != "\\") else _escaped(char) for char in text)
    return '"""\n' + _QUOTES_IN_A_ROW.sub(r'\\"', body) + '"""'


def _plain(char: str) -> bool:
    return unicodedata.category(char) not in _UNSEEN


def _escaped(char: str) -> str:
    return _SHORT.get(char) or _code(char)


def _code(char: str) -> str:
    if "\ud800" <= char <= "\udfff":
        raise ValueError("half a surrogate pair is no character that a file can hold; leave it out")
    return f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}"
