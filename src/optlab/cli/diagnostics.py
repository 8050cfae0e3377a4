"""stderr and exit codes: what a person at the keyboard is told while data goes to stdout."""

import sys
from enum import IntEnum
from typing import NoReturn

from optlab.core.errors import ErrorName, OptlabError
from optlab.core.events import Failed
from optlab.render.format import line


class ExitCode(IntEnum):
    """What the process tells whoever started it."""

    DONE = 0  # the command did what it says
    GATE_FAILED = 1  # a regression was proven
    BAD_USAGE = 2  # bad usage, a bad scenario, a history that cannot be used, a run not confirmed
    BUDGET = 3  # stopped by the budget
    REFUSED = 4  # the API refused: credential or billing
    UNREACHABLE = 5  # the API, the simulator or the worker cannot be reached, or broke
    INTERRUPTED = 130  # by the user


_CODES: dict[ErrorName, ExitCode] = {
    "usage": ExitCode.BAD_USAGE,
    "scenario": ExitCode.BAD_USAGE,
    "bad_request": ExitCode.BAD_USAGE,
    "storage": ExitCode.BAD_USAGE,
    "declined": ExitCode.BAD_USAGE,
    "refused": ExitCode.REFUSED,
    "unreachable": ExitCode.UNREACHABLE,
    "worker": ExitCode.UNREACHABLE,
}


def say(words: str) -> None:
    """One line on stderr, as text only."""
    print(line(words), file=sys.stderr, flush=True)


def complain(error: OptlabError | Failed) -> ExitCode:
    """Say what went wrong in one sentence; gives the exit code that belongs to it."""
    name, sentence = (error.error, error.sentence) if isinstance(error, Failed) else (error.name, str(error))
    say(f"optlab: {sentence}")
    return _CODES[name]


def leave(code: ExitCode) -> NoReturn:
    """End the process with a code."""
    raise SystemExit(int(code))
