"""What the user has settled once for all: one file, its one reader, and the folders in which optlab keeps things.

Read by both doors and by the worker; written by nobody but the user.
"""

from optlab.config.file import CONFIG_FILE, Config, config_path, load
from optlab.config.folders import config_folder, data_folder, state_folder

__all__ = ["CONFIG_FILE", "Config", "config_folder", "config_path", "data_folder", "load", "state_folder"]
