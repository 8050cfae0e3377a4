"""A small language of patterns for the `pattern` keyword: matching in time linear in the text, and spelling a match.

The patterns are a client's. Python's `re` backtracks and can be made to take forever, so sets of positions are followed
instead (Thompson 1968). Known: literals, classes, `.`, groups, alternation, greedy repeats, `^` and `$`. A pattern with
anything else is not understood, and then nothing is said about it.
"""

import random
import string
from collections.abc import Set
from functools import lru_cache

import msgspec

_MOST_CHARACTERS = 400
_MOST_REPEATS = 200
_UNBOUNDED = 1_000_000
_MORE_THAN_LEAST = 4
_ANY = frozenset(string.printable) - frozenset("\n\r\x0b\x0c")
_CLASSES = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
    "s": frozenset(" \t\n\r\f\v"),
}


class _Chars(msgspec.Struct, frozen=True):
    allowed: frozenset[str]
    negated: bool = False

    def holds(self, character: str) -> bool:
        return (character in self.allowed) != self.negated

    def draw(self, rng: random.Random) -> str:
        pool = _ANY - self.allowed if self.negated else self.allowed
        plain = [c for c in sorted(pool) if c.isalnum()] or sorted(pool)
        return rng.choice(plain) if plain else ""


class _Edge(msgspec.Struct, frozen=True):
    at_end: bool


class _Repeat(msgspec.Struct, frozen=True):
    what: "_Node"
    least: int
    most: int


class _Series(msgspec.Struct, frozen=True):
    parts: tuple["_Node", ...]


class _Either(msgspec.Struct, frozen=True):
    branches: tuple["_Node", ...]


_Node = _Chars | _Edge | _Repeat | _Series | _Either


class _NotUnderstood(Exception):
    """The pattern uses what this file does not know."""


def matches(pattern: str, text: str) -> bool | None:
    """Whether some part of a text matches, as JSON Schema means it; None where the pattern is not understood."""
    node = _parsed(pattern)
    if node is None:
        return None
    return bool(_ends(node, text, frozenset(range(len(text) + 1))))


def spelled(pattern: str, rng: random.Random) -> str | None:
    """A short text that matches; None where the pattern is not understood."""
    node = _parsed(pattern)
    return None if node is None else _draw(node, rng)


@lru_cache(maxsize=256)
def _parsed(pattern: str) -> _Node | None:
    if len(pattern) > _MOST_CHARACTERS:
        return None
    try:
        parser = _Parser(pattern)
        node = parser.either()
        return node if parser.at == len(pattern) else None
    except (_NotUnderstood, IndexError, ValueError, RecursionError):
        return None


def _ends(node: _Node, text: str, starts: Set[int]) -> Set[int]:
    """Where a match can end that begins at one of some positions."""
    match node:
        case _Chars():
            return {i + 1 for i in starts if i < len(text) and node.holds(text[i])}
        case _Edge(at_end=at_end):
            return starts & ({len(text)} if at_end else {0})
        case _Series(parts=parts):
            for part in parts:
                starts = _ends(part, text, starts)
            return starts
        case _Either(branches=branches):
            return set().union(*(_ends(b, text, starts) for b in branches))
        case _Repeat(what=what, least=least, most=most):
            for _ in range(least):
                starts = _ends(what, text, starts)
            reached = set(starts)
            for _ in range(min(most - least, len(text) + 1)):
                starts = set(_ends(what, text, starts)) - reached
                if not starts:
                    break
                reached |= starts
            return reached


def _draw(node: _Node, rng: random.Random) -> str:
    match node:
        case _Chars():
            return node.draw(rng)
        case _Edge():
            return ""
        case _Series(parts=parts):
            return "".join(_draw(p, rng) for p in parts)
        case _Either(branches=branches):
            return _draw(rng.choice(branches), rng)
        case _Repeat(what=what, least=least, most=most):
            return "".join(_draw(what, rng) for _ in range(rng.randint(least, min(most, least + _MORE_THAN_LEAST))))


_MOST_SIZE = 2_000


def _size(node: _Node) -> int:
    """How many steps the least match of a node takes."""
    match node:
        case _Series(parts=parts):
            return 1 + sum(_size(p) for p in parts)
        case _Either(branches=branches):
            return 1 + sum(_size(b) for b in branches)
        case _Repeat(what=what, least=least):
            return max(least, 1) * _size(what)
    return 1


class _Parser:
    """Recursive descent over one pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def either(self) -> _Node:
        """Branches between `|`."""
        branches = [self.series()]
        while self._peek() == "|":
            self.at += 1
            branches.append(self.series())
        return branches[0] if len(branches) == 1 else _Either(tuple(branches))

    def series(self) -> _Node:
        """Atoms with their repeats, one after the other."""
        parts: list[_Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._atom()))
        return _Series(tuple(parts))

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self) -> str:
        character = self.pattern[self.at]
        self.at += 1
        return character

    def _atom(self) -> _Node:
        character = self._take()
        match character:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case ".":
                return _Chars(frozenset("\n"), negated=True)
            case "^" | "$":
                return _Edge(character == "$")
            case "\\":
                return self._escape()
            case "*" | "+" | "?" | ")":
                raise _NotUnderstood
        return _Chars(frozenset(character))

    def _group(self) -> _Node:
        if self._peek() == "?":
            if self.pattern[self.at : self.at + 2] != "?:":
                raise _NotUnderstood
            self.at += 2
        inner = self.either()
        if self._take() != ")":
            raise _NotUnderstood
        return inner

    def _escape(self) -> _Chars:
        character = self._take()
        if character in _CLASSES:
            return _Chars(_CLASSES[character])
        if character.lower() in _CLASSES:
            return _Chars(_CLASSES[character.lower()], negated=True)
        if character.isalnum():
            raise _NotUnderstood
        return _Chars(frozenset(character))

    def _class(self) -> _Chars:
        negated = self._peek() == "^"
        self.at += negated
        allowed: set[str] = set()
        while (character := self._take()) != "]" or not allowed:
            if character == "\\":
                escaped = self._escape()
                if escaped.negated:
                    raise _NotUnderstood
                allowed |= escaped.allowed
            elif self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                allowed.update(chr(c) for c in range(ord(character), min(ord(self._take()), 0x2FF) + 1))
            else:
                allowed.add(character)
        return _Chars(frozenset(allowed), negated)

    def _repeated(self, atom: _Node) -> _Node:
        while (sign := self._peek()) in ("*", "+", "?", "{") and sign:
            self.at += 1
            least, most = {"*": (0, _UNBOUNDED), "+": (1, _UNBOUNDED), "?": (0, 1)}.get(sign) or self._counts()
            if least > _MOST_REPEATS or most < least or isinstance(atom, _Repeat) or least * _size(atom) > _MOST_SIZE:
                raise _NotUnderstood
            atom = _Repeat(atom, least, most)
        return atom

    def _counts(self) -> tuple[int, int]:
        close = self.pattern.index("}", self.at)
        low, comma, high = self.pattern[self.at : close].partition(",")
        self.at = close + 1
        least = int(low)
        return least, int(high) if high else _UNBOUNDED if comma else least
