"""What every model as judge has in common: material in tags it cannot leave, and a reply that is read strictly.

A reply may also tell how sure the judge is, `PASS 85`; that makes a score from 0 (surely wrong) to 100 (surely right).
"""

import re
from typing import Literal

import msgspec

Verdict = Literal["pass", "fail", "unreadable"]

MOST_OF_A_FAIL = 49.0
"""Below 50, where a judge cannot tell."""

_NAMES = "rubric|instructions|conversation|question|reference|answer(?:_[ab])?"
_TAG = re.compile(rf"[<＜](?=\s*[/／]?\s*(?:{_NAMES})\b)", re.IGNORECASE)
"""How a tag of ours begins, however it is written."""

_SURE = re.compile(r"[\W_]*(?:pass|fail)[\W_]*?(\d+(?:\.\d+)?)(?![\w.]*\w)", re.IGNORECASE)


def part(name: str, text: str) -> str:
    """A text between tags of that name. A tag of ours inside it neither ends its part nor begins another."""
    return f"<{name}>\n{_TAG.sub('&lt;', text)}\n</{name}>"


def words_of(text: str) -> list[str]:
    """The runs of letters and digits of a reply."""
    return re.findall(r"[^\W_]+", text)


def read_verdict(text: str, *, truncated: bool = False) -> Verdict:
    """PASS only if that is the first word, in any case and with any punctuation, and FAIL does not occur.

    Everything else is FAIL; a reply that was cut off or says neither word is told apart as unreadable, which counts
    as FAIL as well.
    """
    words = words_of(text.casefold())
    if truncated or not {"pass", "fail"} & set(words):
        return "unreadable"
    return "pass" if words[0] == "pass" and "fail" not in text.casefold() else "fail"


class Scored(msgspec.Struct, frozen=True):
    """What a judge said of an answer, and its score from 0 to 100; 100 is surely right. No FAIL scores 50."""

    verdict: Verdict
    score: float


def read_scored(text: str, *, truncated: bool = False) -> Scored:
    """A reply like `PASS 85`: the verdict as `read_verdict` reads it, and right behind the word how sure, 0 to 100.

    The score is that number for PASS and 100 minus it for FAIL, there never above 49: who is unsure of a FAIL has not
    said PASS. Without a number it is 100 and 0. A reply that cannot be read, or whose number is above 100, scores 0
    and is unreadable.
    """
    verdict = read_verdict(text, truncated=truncated)
    found = _SURE.match(text)
    sure = float(found[1]) if found else 100.0
    if verdict == "unreadable" or sure > 100.0:
        return Scored("unreadable", 0.0)
    if verdict == "pass":
        return Scored(verdict, sure)
    # A number behind a PASS that a FAIL contradicts says nothing about the FAIL.
    return Scored(verdict, min(100.0 - sure, MOST_OF_A_FAIL) if words_of(text.casefold())[0] == "fail" else 0.0)
