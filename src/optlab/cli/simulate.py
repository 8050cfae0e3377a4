"""`optlab simulate`: the simulator in the foreground, for one's own programs."""

import click

from optlab.link import become_simulator

_LIMIT = click.IntRange(1, 999_999_999_999)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--seed", type=int, default=0, help="Seed of every draw.", show_default=True)
@click.option("--speed", type=click.FloatRange(0.001, 100_000), default=1.0, help="Answers this many times faster.")
@click.option(
    "--clock-speed", type=click.FloatRange(0.001, 100_000), default=1.0, help="The service's clock this much faster."
)
@click.option("--requests-per-minute", type=_LIMIT, help="Rate limit per key and pool of models; none by default.")
@click.option("--input-tokens-per-minute", type=_LIMIT, help="The same for input tokens; cache reads do not count.")
@click.option("--output-tokens-per-minute", type=_LIMIT, help="The same for output tokens, charged from max_tokens.")
def simulate(port: int, seed: int, speed: float, clock_speed: float, **limits: int | None) -> None:
    """Serve the Messages API on 127.0.0.1; the first line of stdout is its base URL.

    Point ANTHROPIC_BASE_URL at that URL; any key is accepted. No request leaves this machine.
    """
    numbers = (("--port", port), ("--seed", seed), ("--speed", speed), ("--clock-speed", clock_speed))
    wanted = ((f"--{name.replace('_', '-')}", limit) for name, limit in limits.items() if limit is not None)
    become_simulator([part for name, value in (*numbers, *wanted) for part in (name, str(value))])
