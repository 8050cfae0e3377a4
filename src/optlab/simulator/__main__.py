"""`python -m optlab.simulator`: arguments in, base URL on stdout, then it serves until told to stop."""

import argparse
import math
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn


def _port(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return number


def _factor(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.001 <= value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a factor from 0.001 to 100000")
    return value


def _limit(text: str) -> int:
    number = int(text) if text.isdecimal() and len(text) <= 12 else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 999999999999")
    return number


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return value


class _Parser(argparse.ArgumentParser):
    """A parser that complains in one sentence, whatever program the user has called."""

    def error(self, message: str) -> NoReturn:
        """Exit code 2."""
        self.exit(2, f"optlab: {message}\n")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = _Parser(
        prog="python -m optlab.simulator",
        description="The Messages API, simulated on 127.0.0.1. The first line of stdout is its base URL.",
    )
    parser.add_argument("--port", type=_port, default=0, help="port on 127.0.0.1; 0, the default, takes a free one")
    parser.add_argument("--seed", type=int, default=0, help="seed of every draw: texts, lengths and times")
    parser.add_argument("--speed", type=_factor, default=1.0, help="divide every duration by this factor")
    parser.add_argument("--clock-speed", type=_factor, default=1.0, help="let the service's clock run this much faster")
    for name in ("requests", "input-tokens", "output-tokens"):
        help_text = "limit per key and pool of models; by default more than can be reached"
        parser.add_argument(f"--{name}-per-minute", type=_limit, metavar="N", help=help_text)
    parser.add_argument("--stalls", type=_share, default=0.0, help="this share of the replies stalls once, 0.5 to 3 s")
    parser.add_argument("--faults", type=Path, help="rules of faults, TOML or JSON, read again when the file changes")
    parser.add_argument("--ledger", type=Path, help="append what really happened to this file, as JSON Lines")
    parser.add_argument("--ledger-times", action="store_true", help="with the due and sent times of every delta")
    parser.add_argument(
        "--arrival-limit", type=_factor, default=60.0, help="seconds within which a request has to arrive whole"
    )
    parser.add_argument("--die-with-stdin", action="store_true", help="end when stdin reaches its end")
    options = parser.parse_args(arguments)
    if options.ledger_times and options.ledger is None:
        parser.error("--ledger-times needs --ledger FILE")
    return options


def main() -> int:
    """Runs the simulator. Exit codes: 0 stopped, 2 bad usage, or port, rules or ledger cannot be had."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # Imports take half a second; a stop in that time is a stop like any other.
        signal.signal(number, lambda *_: sys.exit(0))
    options = parse()
    from optlab.simulator.faults.rules import FaultFileError, Faults
    from optlab.simulator.http import server
    from optlab.simulator.http.ledger import Ledger, LedgerError
    from optlab.simulator.ratelimit import Limits
    from optlab.simulator.simulation import Settings

    if options.die_with_stdin:
        server.end_with_stdin()
    try:
        faults = Faults(options.faults, options.seed)
        listener = server.bind(options.port)
        ledger = Ledger(options.ledger, with_times=options.ledger_times) if options.ledger else None
    except (FaultFileError, LedgerError, server.PortError) as error:
        return server.fail(str(error))
    wanted = {name: getattr(options, f"{name}_per_minute") for name in Limits.__struct_fields__}
    limits = Limits(**{name: limit for name, limit in wanted.items() if limit is not None})
    settings = Settings(options.seed, options.speed, options.clock_speed, limits, options.stalls)
    server.serve(listener, settings, faults=faults, ledger=ledger, arrival_limit_s=options.arrival_limit)
    return 0


if __name__ == "__main__":
    sys.exit(main())
