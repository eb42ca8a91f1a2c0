"""`livedub engines`"""

import os
import sys
from typing import Any

import orjson
from sts_service.engines.choice import Passed, offer_of
from sts_service.engines.listing import languages, licence, listing
from sts_service.engines.registry import STAGES, AnySpec, broken, find
from sts_service.full.settings import FullSettings

from livedub.errors import OK
from livedub.settings import CommonSettings, Reading
from livedub.settings.sections import full_settings


def run(reading: Reading[CommonSettings]) -> int:
    settings = full_settings(reading.file.sections, os.environ)
    if not reading.settings.json:
        sys.stdout.write(listing(settings) + "\n")
        return OK
    told = {
        stage: [
            *(_engine(spec, settings) for spec in find(stage).values()),
            *({"name": fault.name, "ready": False, "why": fault.why} for fault in broken(stage)),
        ]
        for stage in STAGES
    }
    sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    return OK


def _engine(spec: AnySpec, settings: FullSettings) -> dict[str, Any]:
    card, outcome = spec.card, offer_of(spec, settings)
    about = {"name": card.name, "kind": card.kind, "licence": licence(card), "needs": card.needs}
    if isinstance(outcome, Passed):
        return {**about, "ready": False, "why": outcome.why}
    return {**about, "ready": True, "model": outcome.model, "languages": languages(card, outcome)}
