"""`livedub doctor`"""

import os
import sys
from dataclasses import asdict

import orjson

from livedub.doctor import examine
from livedub.errors import OK, SettingsWrong
from livedub.settings import DoctorSettings, Reading
from livedub.settings.sections import full_settings


def run(reading: Reading[DoctorSettings]) -> int:
    """2 where something is missing without which nothing is dubbed."""
    settings = reading.settings
    findings = []
    for finding in examine(
        full_settings(reading.file.sections, os.environ),
        os.environ,
        source=settings.source_language,
        target=settings.target_language,
    ):
        findings.append(finding)
        if not settings.json:
            sys.stdout.write(f"{finding.line()}\n")
    missing = sum(finding.state == "missing" for finding in findings)
    if settings.json:
        told = {"ready": not missing, "findings": [asdict(finding) for finding in findings]}
        sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    return SettingsWrong.exit_code if missing else OK
