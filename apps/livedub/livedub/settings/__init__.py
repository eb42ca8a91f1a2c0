"""One table of settings a verb, and where a value comes from: flag, variable, `livedub.toml`, default.

`tables` holds the rows, `reading` merges the sources, `file` reads livedub.toml, `sections` is what that file
says to the services. Pure, but for reading the file.
"""

from livedub.settings.file import ConfigFile, read_file
from livedub.settings.reading import Given, Reading, read
from livedub.settings.tables import (
    TABLES,
    CommonSettings,
    DemoSettings,
    DoctorSettings,
    DubbingSettings,
    DubSettings,
    ModelsSettings,
    ServeSettings,
    is_key,
)

__all__ = [
    "TABLES",
    "CommonSettings",
    "ConfigFile",
    "DemoSettings",
    "DoctorSettings",
    "DubSettings",
    "DubbingSettings",
    "Given",
    "ModelsSettings",
    "Reading",
    "ServeSettings",
    "is_key",
    "read",
    "read_file",
]
