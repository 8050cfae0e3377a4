"""`optlab-tui`: what must be settled before a screen is opened."""

import sys

USAGE = """Usage: optlab-tui [SCENARIO]

Open the lab on SCENARIO: a TOML file, or the bare name of one that comes with optlab (hamlet is the default).

Options:
  --version   Show the version.
  -h, --help  Show this text.

The same work without a screen: optlab --help
"""


def main() -> None:
    """Open the lab, or say in one sentence why not."""
    arguments = sys.argv[1:]
    if {"-h", "--help"} & set(arguments):
        print(USAGE, end="")
        return
    if "--version" in arguments:
        from optlab import __version__

        print(f"optlab-tui, version {__version__}")
        return
    if len(arguments) > 1 or any(a.startswith("-") for a in arguments):
        print("optlab-tui: expected at most one scenario; optlab-tui --help says more", file=sys.stderr)
        raise SystemExit(2)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print("optlab-tui: this is no terminal; `optlab run SCENARIO` does the same work without one", file=sys.stderr)
        raise SystemExit(2)
    from optlab.tui.app import Lab

    raise SystemExit(Lab(arguments[0] if arguments else "hamlet").run() or 0)


if __name__ == "__main__":
    main()
