"""The clock of the simulated service: cache lifetimes, limits per minute and the life of batches are times on it.

It runs from the start of the process, `--clock-speed` times faster than the clock the process waits by. Dates shown to
clients as facts about a batch are dates on this clock, so that a batch that expires after 24 hours says so; what a
client acts on by waiting (`retry-after`, `...-reset`) is told in the client's own time.
"""

import math
from datetime import UTC, datetime, timedelta

from optlab.simulator.latency import Clock

_LAST_DAY = datetime(9999, 12, 31, tzinfo=UTC)


class ServiceClock:
    """Seconds since the start of the service, and what they are for a client."""

    def __init__(self, clock: Clock, factor: float) -> None:
        self._clock = clock
        self._factor = factor
        self._origin = clock.now()
        self._epoch = datetime.now(UTC)

    def now(self) -> float:
        """Seconds of the service since its start."""
        return self.at(self._clock.now())

    def at(self, moment: float) -> float:
        """Seconds of the service at a moment of the process's clock."""
        return (moment - self._origin) * self._factor

    def wait_s(self, seconds: float) -> float:
        """How long a client waits while so many seconds of the service pass."""
        return seconds / self._factor

    def date(self, service_s: float) -> str:
        """RFC 3339 in UTC, to the microsecond, of a moment of the service; the calendar ends with the year 9999."""
        return rfc3339(self._later(service_s))

    def client_date(self, waited_s: float) -> str:
        """RFC 3339 in UTC of the first whole second that a client reaches by waiting so long from now on."""
        passed = self._clock.now() - self._origin + waited_s
        whole = math.ceil(self._epoch.timestamp() + min(passed, 1e10))
        return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _later(self, seconds: float) -> datetime:
        try:
            return min(self._epoch + timedelta(seconds=seconds), _LAST_DAY)
        except OverflowError:
            return _LAST_DAY


def rfc3339(moment: datetime) -> str:
    """A date in UTC as the API spells it."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
