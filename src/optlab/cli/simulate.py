"""`optlab simulate`: the simulator in the foreground, for one's own programs."""

import click

from optlab.link import become_simulator

_FACTOR = click.FloatRange(0.001, 100_000)
_LIMIT = click.IntRange(1, 999_999_999_999)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option("--seed", type=int, default=0, help="Seed of every draw.", show_default=True)
@click.option("--speed", type=_FACTOR, default=1.0, help="Answers this many times faster.")
@click.option("--clock-speed", type=_FACTOR, default=1.0, help="The service's clock this much faster.")
@click.option("--requests-per-minute", type=_LIMIT, help="Rate limit per key and pool of models; none by default.")
@click.option("--input-tokens-per-minute", type=_LIMIT, help="The same for input tokens; cache reads do not count.")
@click.option("--output-tokens-per-minute", type=_LIMIT, help="The same for output tokens, charged from max_tokens.")
@click.option("--stalls", type=click.FloatRange(0, 1), default=0.0, help="This share of the replies stalls once.")
@click.option("--faults", type=click.Path(), help="Rules of faults, TOML or JSON; read again when the file changes.")
@click.option("--ledger", type=click.Path(), help="Append what really happened to this file, as JSON Lines.")
@click.option("--ledger-times", is_flag=True, help="With the due and sent times of every delta.")
@click.option("--arrival-limit", type=_FACTOR, default=60.0, help="Seconds within which a request has to arrive whole.")
@click.option("--die-with-stdin", is_flag=True, help="End when stdin reaches its end.")
def simulate(**options: int | float | str | bool | None) -> None:
    """Serve the Messages API on 127.0.0.1; the first line of stdout is its base URL.

    Point ANTHROPIC_BASE_URL at that URL; any key is accepted. No request leaves this machine.
    """
    arguments: list[str] = []
    for name, value in options.items():
        if value is True:
            arguments.append(f"--{name.replace('_', '-')}")
        elif value is not None and value is not False:
            arguments += [f"--{name.replace('_', '-')}", str(value)]
    become_simulator(arguments)
