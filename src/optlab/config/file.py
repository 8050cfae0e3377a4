"""`config.toml` in the config folder, read strictly: a key that is not known is an error, never ignored."""

from pathlib import Path

import msgspec

from optlab.config.folders import config_folder
from optlab.core.errors import UsageError

CONFIG_FILE = "config.toml"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The user's settings; docs/config.md tells of each.

    `theme` names a theme of the lab ("": its own dark one). `keys` gives actions other keys, by the names that the key
    panel shows. `ask_above_usd`: on the real API the lab asks before a run that may cost more (0: before the first of a
    sitting, whatever it costs).
    """

    theme: str = ""
    keys: dict[str, str] = {}
    ask_above_usd: float = 0.0


def config_path() -> Path:
    """Where the file is looked for."""
    return config_folder() / CONFIG_FILE


def load(path: Path | None = None) -> Config:
    """The settings in the file, or the defaults where there is none. Raises UsageError with file and reason."""
    path = path or config_path()
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); make it readable, or remove it") from error
    try:
        config = msgspec.toml.decode(text, type=Config)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}; mend it, or remove the file") from error
    if not 0 <= config.ask_above_usd < float("inf"):
        raise UsageError(f"{path}: ask_above_usd is dollars from 0, not {config.ask_above_usd:g}")
    return config
