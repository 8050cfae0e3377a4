"""`optlab-tui`: looks at the terminal and the arguments first; the screen is imported only when it will be shown."""

import gc

gc.disable()  # until the first frame is out: what is loaded now stays anyway

import argparse  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

BAD_USAGE = 2
SMALLEST = (80, 24)


def _arguments() -> argparse.Namespace:
    from optlab import __version__

    parser = argparse.ArgumentParser(
        prog="optlab-tui",
        description="The lab on a screen: pull a lever, race it, measure it. `optlab` does it without one.",
    )
    parser.add_argument(
        "scenario",
        nargs="?",
        default="hamlet",
        help="a scenario file, a Messages request or a log of them, or the name of one that comes with optlab",
    )
    parser.add_argument(
        "--backend",
        choices=("auto", "api", "sim"),
        default="auto",
        help="auto: the real API when a credential is found, else the simulator",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of order, salts and simulator (0)")
    parser.add_argument("--sim-speed", type=float, default=1.0, help="run the simulator this many times faster (1)")
    parser.add_argument("--pairs", type=int, help="pairs of a benchmark (12, or what the scenario says)")
    parser.add_argument("--budget", type=float, help="stop before this many dollars are crossed")
    parser.add_argument("--yes", action="store_true", help="do not ask before spending real money")
    parser.add_argument("--theme", default="", help="a theme of the lab, such as optlab-light (default: config file)")
    parser.add_argument("--serve", action="store_true", help="serve the lab to a browser on this machine: optlab[web]")
    parser.add_argument("--port", type=int, help="port of --serve (8765; 0: any that is free)")
    parser.add_argument("--version", action="version", version=f"optlab-tui, version {__version__}")
    return parser.parse_args()


def _refuse(sentence: str) -> int:
    print(f"optlab-tui: {sentence}", file=sys.stderr)
    return BAD_USAGE


def _terminal_problem() -> str:
    """Why there can be no screen here, in one sentence; empty where there can."""
    if os.environ.get("TEXTUAL_DRIVER"):
        return ""  # a browser draws, and says itself how large it is
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):  # it is stderr that is drawn on
        return "the lab needs a terminal to draw on; `optlab run` does the same work without one"
    width, height = os.get_terminal_size(sys.stdout.fileno())
    if 0 < width < SMALLEST[0] or 0 < height < SMALLEST[1]:
        return (
            f"the lab needs a terminal of at least {SMALLEST[0]}×{SMALLEST[1]} cells, this one has {width}×{height}; "
            "make it larger, or use `optlab run`"
        )
    return ""


def main() -> None:
    """Run the lab; the exit code is 0 where it was left in good order."""
    arguments = _arguments()
    if arguments.serve:
        raise SystemExit(_serve(arguments))
    if arguments.port is not None:
        raise SystemExit(_refuse("--port goes with --serve"))
    problem = _terminal_problem()
    if problem:
        raise SystemExit(_refuse(problem))
    raise SystemExit(_lab(arguments))


def _serve(arguments: argparse.Namespace) -> int:
    """Serve the lab with the other arguments as they were given."""
    try:
        from optlab.tui import web
    except ModuleNotFoundError as error:
        return _refuse(
            f"--serve needs the extra optlab[web] ({error.name} is missing); install it, or leave --serve out"
        )
    from optlab.core.errors import UsageError

    try:
        listening = web.listen(web.PORT if arguments.port is None else arguments.port)
    except UsageError as error:
        return _refuse(str(error))
    given = [
        f"--{name.replace('_', '-')}={value}" for name, value in vars(arguments).items() if _passed_on(name, value)
    ]
    web.serve([*given, *(["--yes"] if arguments.yes else []), "--", arguments.scenario], listening)
    return 0


def _passed_on(name: str, value: object) -> bool:
    return name not in ("scenario", "serve", "port", "yes") and value not in (None, "")


def _lab(arguments: argparse.Namespace) -> int:
    import asyncio

    from textual.theme import BUILTIN_THEMES

    from optlab.config import config_path, load
    from optlab.core.commands import LARGEST_SEED, Connection
    from optlab.core.errors import UsageError
    from optlab.link import AsyncSession
    from optlab.tui import keymap
    from optlab.tui.app import LabApp
    from optlab.tui.desk import Desk, Settings
    from optlab.tui.themes import OURS, chosen, unknown

    try:
        config = load()
    except UsageError as error:
        return _refuse(str(error))
    theme = chosen(arguments.theme, config.theme)
    if problem := unknown(theme, [*BUILTIN_THEMES, *(ours.name for ours in OURS)]):
        return _refuse(problem)
    if config.keys and (problem := keymap.problem(config.keys)):
        return _refuse(f"{config_path()}: {problem}")

    if abs(arguments.seed) > LARGEST_SEED:
        return _refuse("--seed is a whole number of at most 18 digits")
    settings = Settings(speed=f"{arguments.sim_speed:g}")
    if arguments.pairs is not None or arguments.budget is not None:
        budget = "" if arguments.budget is None else f"{arguments.budget:g}"
        settings = Settings(str(arguments.pairs or 12), budget, settings.speed)
    if settings.problem:
        return _refuse(settings.problem)
    connection = Connection(backend=arguments.backend, seed=arguments.seed)
    desk = Desk(arguments.scenario, settings=settings, connection=connection, yes=arguments.yes)

    async def run() -> LabApp:
        session = AsyncSession()
        app = LabApp(desk, session, theme=theme, keys=config.keys)
        try:
            await app.run_async()
        finally:
            await session.close()
        return app

    app = asyncio.run(run())
    if app.last_words:
        print(f"optlab-tui: {app.last_words}", file=sys.stderr)
    return app.return_code or 0


if __name__ == "__main__":
    main()
