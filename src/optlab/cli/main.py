"""The command line's table of contents, and the outermost edge where an error becomes a sentence."""

import os
import sys

import click

from optlab import __version__
from optlab.cli.advise import advise
from optlab.cli.cache import cache
from optlab.cli.cascade import cascade
from optlab.cli.ceiling import ceiling
from optlab.cli.check import check
from optlab.cli.diagnostics import ExitCode, complain, leave, say
from optlab.cli.kept import history, show
from optlab.cli.lists import levers, models, scenarios
from optlab.cli.run import run
from optlab.cli.screen import screen
from optlab.cli.simulate import simulate
from optlab.cli.trim import trim
from optlab.core.errors import OptlabError

COMMANDS = (
    run,
    advise,
    cascade,
    cache,
    trim,
    screen,
    ceiling,
    history,
    show,
    check,
    scenarios,
    models,
    levers,
    simulate,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": False})
@click.version_option(__version__, prog_name="optlab")
def optlab() -> None:
    """A lab bench for calls to Claude: pull a lever, measure honestly, get a verdict.

    `optlab-tui` is the same lab with a screen.
    """


for command in COMMANDS:
    optlab.add_command(command)


def main() -> None:
    """Run the command line."""
    try:
        optlab(prog_name="optlab", standalone_mode=False)
    except OptlabError as error:
        leave(complain(error))
    except click.ClickException as error:
        error.show()
        leave(ExitCode.BAD_USAGE)
    except (KeyboardInterrupt, click.Abort):
        leave(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read us has gone; there is nobody to tell, and nothing more to write at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        leave(ExitCode.DONE)
    except Exception as error:
        if os.environ.get("OPTLAB_DEBUG"):
            raise
        say(f"optlab: something broke inside optlab ({type(error).__name__}: {error}); OPTLAB_DEBUG=1 shows where")
        leave(ExitCode.UNREACHABLE)
