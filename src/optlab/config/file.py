"""`config.toml` in the config folder, read strictly: a key that is not known is an error, never ignored."""

import tomllib
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
        table = tomllib.loads(text.decode())
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: this is not valid TOML ({error}); mend it, or remove the file") from error
    for name, value in table.items():
        if why := _wrong(name, value):
            raise UsageError(f"{path}: {why}")
    return msgspec.convert(table, Config)


def _wrong(name: str, value: object) -> str:
    """Why an entry cannot stand: its key and what is expected; empty where it can."""
    if name not in Config.__struct_fields__:
        return f"there is no key {name!r}; there are theme, ask_above_usd and the table [keys]"
    if name == "theme" and not isinstance(value, str):
        return f'theme is the name of a theme in quotes, such as "optlab-light", not {value!r}'
    if name == "ask_above_usd" and (
        isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf")
    ):
        return f"ask_above_usd is a number of dollars from 0, such as 0.25, not {value!r}"
    if name == "keys" and not isinstance(value, dict):
        return f'keys is a table: write [keys], and below it lines such as "lab.race" = "g", not {value!r}'
    for entry, key in value.items() if isinstance(value, dict) else ():
        if not isinstance(key, str):
            return f'[keys] {entry}: name and key stand in quotes, such as "lab.race" = "g"'
    return ""
