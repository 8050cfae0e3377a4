"""Whether what says it is running still is: its worker may have died without a word."""

import os


def status_of(status: str, worker: int) -> str:
    """The status as it was written, or "broken off" where that is "running" and the worker's process is gone."""
    return "broken off" if status == "running" and not _alive(worker) else status


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
