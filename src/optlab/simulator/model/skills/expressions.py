"""Plain sums, `(12 + 5) * 3 - 4`, evaluated over a syntax tree with limits on size; and comparing and counting.

Nothing is executed: only numbers, four operations, powers of small exponents, parentheses and comparisons are walked.
"""

import ast
import math
import re

import msgspec

from optlab.simulator.model.desk import Desk
from optlab.simulator.model.strength import EASY, TRIVIAL

_MOST_CHARACTERS = 200
_MOST_OPERATIONS = 24
_LARGEST = 1e15
_LARGEST_EXPONENT = 12
_WORDED = (
    (r"\bmultiplied by\b|\btimes\b|[×·]|(?<=\d) ?x ?(?=\d)", "*"),
    (r"\bdivided by\b|÷", "/"),
    (r"\bplus\b", "+"),
    (r"\bminus\b|−|–", "-"),
    (r"\bsquared\b", "**2"),
    (r"\^", "**"),
)
_NUMBER = r"\d{1,15}(?:\.\d{1,9})?"
_EXPRESSION = re.compile(
    rf"(?<![\w.])[-(\s]{{0,8}}{_NUMBER}(?:[)\s]{{0,8}}(?:\*\*|[-+*/])[-(\s]{{0,8}}{_NUMBER}){{1,{_MOST_OPERATIONS}}}\)*"
)
_COMPARISON = re.compile(
    rf"(?:which|what) (?:number )?is (larger|bigger|greater|higher|smaller|lower|less)\b[^\d-]{{0,20}}(-?{_NUMBER})"
    rf"\D{{1,6}}?(-?{_NUMBER})",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"how many (words|letters|characters|vowels|sentences|times does the (?:letter"
    r"|word) [\"“'‘]?(\w+)[\"”'’]? (?:appear|occur)"
    r"|[\"“'‘]?([a-z])[\"”'’]?(?:'s|s)?(?: letters)?)\b(?: letters)?[^\"“:]{0,60}?(?:[\"“]([^\"”]{1,600})[\"”]"
    r"|:\s*(.{1,600})$"
    r"|\bin (?:the word )?(\w+)\s*\?)",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip


class Sum(msgspec.Struct, frozen=True):
    """A value found, and how hard it was to find."""

    value: float
    difficulty: float


def reckon(desk: Desk) -> str | None:
    """The result of the expression, comparison or count that the question asks for, as this draw has it."""
    question = desk.prompt.question
    compared = _COMPARISON.search(question)
    if compared:
        a, b = compared[2], compared[3]
        larger = compared[1].lower() in ("larger", "bigger", "greater", "higher")
        best, other = (a, b) if (float(a) > float(b)) == larger else (b, a)
        close = min(abs(float(a) - float(b)) / max(abs(float(a)), abs(float(b)), 1e-9), 1.0)
        return best if desk.right(EASY + 1.2 * (1 - close), question) else other
    found = expression(question) or count(question)
    if found is None:
        return None
    return spell(found.value if desk.right(found.difficulty, question) else slip(found.value, desk))


def expression(text: str) -> Sum | None:
    """The value of the longest expression of a text; None where there is none or it is too large."""
    for pattern, sign in _WORDED:
        text = re.sub(pattern, sign, text, flags=re.IGNORECASE)
    candidates = sorted((m[0].strip() for m in _EXPRESSION.finditer(text[-4000:])), key=len, reverse=True)
    for candidate in candidates[:3]:
        if len(candidate) > _MOST_CHARACTERS or re.fullmatch(r"\d{4}-\d{1,2}(?:-\d{1,2})?|\d+-\d+-\d+", candidate):
            continue
        unclosed = candidate.count("(") - candidate.count(")")
        value = _evaluate(candidate[: unclosed or None] if unclosed < 0 else candidate + ")" * unclosed)
        if value is not None:
            return Sum(value, _hardness(candidate))
    return None


def count(text: str) -> Sum | None:
    """How many words, letters or sentences a quoted text has."""
    found = _COUNT.search(text)
    if not found:
        return None
    what, given = found[1].lower(), next(g for g in (found[4], found[5], found[6]) if g is not None)
    letter = (found[2] or found[3] or "").lower()
    if what.startswith("words"):
        number = len(given.split())
    elif what.startswith("sentences"):
        number = max(len(re.findall(r"[.!?]+(?:\s|$)", given)), 1)
    elif what.startswith("vowels"):
        number = sum(c in "aeiou" for c in given.lower())
    elif letter and len(letter) > 1:
        number = len(re.findall(rf"\b{re.escape(letter)}\b", given.lower()))
    elif letter:
        number = given.lower().count(letter)
    else:
        number = sum(c.isalpha() for c in given) if what == "letters" else len(given)
    # Counting is hard in proportion to what has to be gone through.
    return Sum(float(number), EASY + 0.55 * math.log2(1 + len(given.split() if what == "words" else given) / 4))


def slip(value: float, desk: Desk) -> float:
    """A result as a slip leaves it: a carry lost, a digit off, two digits exchanged."""
    if not float(value).is_integer():
        return round(value * desk.rng.choice((0.9, 1.1)), 2)
    size = max(abs(value), 1.0)
    step = 10.0 ** max(int(math.log10(size)) - 1, 0)
    kind = desk.rng.randrange(3)
    if kind == 0 or size < 20:
        return value + desk.rng.choice((-1.0, 1.0)) * (1.0 if size < 100 else 10.0)
    if kind == 1:
        return value + desk.rng.choice((-1.0, 1.0)) * step
    digits = str(int(size))
    swapped = float(digits[:-2] + digits[-1] + digits[-2])
    return swapped if swapped != size else value + step


def spell(value: float) -> str:
    """A number as one writes it: no decimals where there are none, at most ten figures."""
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < _LARGEST else f"{value:.10g}"


def _hardness(text: str) -> float:
    operations = len(re.findall(r"(?<=[\d)\s])(?:\*\*|[-+*/])", text))
    figures = sum(c.isdigit() for c in text)
    products = len(re.findall(r"[*/]", text))
    return TRIVIAL + 0.35 * (operations - 1) + 0.28 * max(figures - 4, 0) + 0.3 * max(products - 1, 0)


def _evaluate(text: str) -> float | None:
    try:
        tree = ast.parse(text.strip(), mode="eval")
        value = _walk(tree.body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None
    return value if abs(value) < _LARGEST else None


def _walk(node: ast.expr) -> float:
    """The value of a node. Raises ValueError for anything but arithmetic within bounds."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_walk(inner)
        case ast.BinOp(left=left, op=operator, right=right):
            return _apply(operator, _walk(left), _walk(right))
    raise ValueError("not arithmetic")


def _apply(operator: ast.operator, a: float, b: float) -> float:
    match operator:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.Div():
            return a / b
        case ast.Pow() if abs(b) <= _LARGEST_EXPONENT and abs(a) <= 1e4:
            power = a**b if a or b > 0 else math.nan
            if not isinstance(power, complex):
                return float(power)
    raise ValueError("not arithmetic")
