"""Errors that reach a user, each one sentence: what is wrong, where, and what to do.

OptlabError
├── UsageError            a command, lever or parameter that makes no sense      exit 2
│   ├── ScenarioError     a scenario file that cannot be used                     exit 2
│   └── BadRequestError   a request that the API does not take as it stands       exit 2
├── StorageError          the history cannot be opened or written                 exit 2
├── RefusedError          the API refused: credential, billing                    exit 4
└── UnreachableError      the API or the simulator cannot be reached, or broke    exit 5
"""

from typing import Literal

ErrorName = Literal["usage", "scenario", "bad_request", "storage", "refused", "unreachable", "declined", "worker"]


class OptlabError(Exception):
    """Base of every error that is the user's business; `str(error)` is the sentence shown."""

    name: ErrorName = "worker"


class UsageError(OptlabError):
    """Asked for something that makes no sense."""

    name: ErrorName = "usage"


class ScenarioError(UsageError):
    """A scenario file that cannot be used."""

    name: ErrorName = "scenario"


class BadRequestError(UsageError):
    """A request that the API calls bad: no other answer would come however often it were sent."""

    name: ErrorName = "bad_request"


class DeclinedError(OptlabError):
    """The user did not confirm a run that costs money."""

    name: ErrorName = "declined"


class StorageError(OptlabError):
    """The history cannot be opened or written."""

    name: ErrorName = "storage"


class RefusedError(OptlabError):
    """The API refused us: credential or billing."""

    name: ErrorName = "refused"


class UnreachableError(OptlabError):
    """Nobody answered, or the answer was broken."""

    name: ErrorName = "unreachable"


_CLASSES = (UsageError, ScenarioError, BadRequestError, DeclinedError, StorageError, RefusedError, UnreachableError)


def error_of(name: ErrorName, sentence: str) -> OptlabError:
    """The error that was told by its name and sentence."""
    return next((kind for kind in _CLASSES if kind.name == name), OptlabError)(sentence)
