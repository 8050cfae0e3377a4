"""Regular expressions of users, searched under a time limit: some patterns take ages on some texts.

`regex` is used because it can be stopped; `re` cannot. What a pattern means is the same in both but for rarities.
"""

import re

TIME_LIMIT_S = 0.5
"""More than any sane pattern takes on an answer; a backtracking one would hold up the whole run."""


def searched(pattern: str, text: str, flags: int = 0, time_limit_s: float = TIME_LIMIT_S) -> bool:
    """Whether `pattern` (flags of `re`) is found in `text`. Raises TimeoutError where it takes too long.

    A pattern that `regex` does not take although `re` does is searched by `re`, without a limit.
    """
    import regex

    try:
        compiled = regex.compile(pattern, _flags(flags))
    except regex.error:
        return re.search(pattern, text, flags) is not None
    try:
        return compiled.search(text, timeout=time_limit_s) is not None
    except TimeoutError:
        raise TimeoutError(f"the pattern {pattern!r} took longer than {time_limit_s:g} s") from None


def _flags(flags: int) -> int:
    import regex

    pairs = ((re.IGNORECASE, regex.IGNORECASE), (re.DOTALL, regex.DOTALL), (re.MULTILINE, regex.MULTILINE))
    return int(sum(theirs for ours, theirs in pairs if flags & ours))
