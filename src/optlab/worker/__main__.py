"""`python -m optlab.worker` serves a door; `python -m optlab.worker simulate …` becomes the simulator."""

import asyncio
import sys


async def _serve() -> None:
    from optlab.worker.pipes import Inbox, Outbox
    from optlab.worker.serve import Worker

    outbox = Outbox()
    try:
        await Worker(outbox, Inbox(asyncio.get_running_loop())).serve()
    finally:
        outbox.close()


def main() -> None:
    """Serve until stdin ends."""
    if sys.argv[1:2] == ["simulate"]:
        from optlab.backends.simulated import become_simulator

        become_simulator(sys.argv[2:])
    asyncio.run(_serve())


if __name__ == "__main__":
    main()
