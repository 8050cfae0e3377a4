"""Where things are kept, by the conventions of the system (XDG on Linux)."""

from pathlib import Path

import platformdirs

_APP = "optlab"


def config_folder() -> Path:
    """What the user writes: `config.toml`, `prices.toml`, `themes`."""
    return Path(platformdirs.user_config_dir(_APP, appauthor=False))


def data_folder() -> Path:
    """What must not be lost: the history."""
    return Path(platformdirs.user_data_dir(_APP, appauthor=False))


def state_folder() -> Path:
    """What is only convenient: unsaved edits, recent files, sizes of panes."""
    return Path(platformdirs.user_state_dir(_APP, appauthor=False))
