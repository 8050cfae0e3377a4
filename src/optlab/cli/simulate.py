"""`optlab simulate`: the simulator in the foreground, for one's own programs."""

import click

from optlab.link import become_simulator


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--seed", type=int, default=0, help="Seed of every draw.", show_default=True)
@click.option("--speed", type=click.FloatRange(0.001, 100_000), default=1.0, help="Answers this many times faster.")
@click.option(
    "--clock-speed", type=click.FloatRange(0.001, 100_000), default=1.0, help="The cache's clock this much faster."
)
@click.option("--stalls", type=click.FloatRange(0, 1), default=0.0, help="This share of the replies stalls once.")
@click.option("--faults", type=click.Path(), help="Rules of faults, TOML or JSON; read again when the file changes.")
@click.option("--ledger", type=click.Path(), help="Append what really happened to this file, as JSON Lines.")
@click.option("--ledger-times", is_flag=True, help="With the due and sent times of every delta.")
def simulate(
    port: int,
    seed: int,
    speed: float,
    clock_speed: float,
    stalls: float,
    faults: str | None,
    ledger: str | None,
    ledger_times: bool,
) -> None:
    """Serve the Messages API on 127.0.0.1; the first line of stdout is its base URL.

    Point ANTHROPIC_BASE_URL at that URL; any key is accepted. No request leaves this machine.
    """
    values = (
        ("--port", port),
        ("--seed", seed),
        ("--speed", speed),
        ("--clock-speed", clock_speed),
        ("--stalls", stalls),
        ("--faults", faults),
        ("--ledger", ledger),
    )
    arguments = [part for name, value in values if value is not None for part in (name, str(value))]
    become_simulator([*arguments, *(["--ledger-times"] if ledger_times else [])])
