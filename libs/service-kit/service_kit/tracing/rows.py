"""The rows that a service's table has for its traces."""

from typing import Any

from service_kit.settings import setting


def endpoint_row() -> Any:
    # Secret, because of what an address may carry.
    return setting(
        None, "where traces are sent, by OTLP over HTTP: http://host:4318; unset: no traces", secret=True
    )


def ratio_row() -> Any:
    return setting(
        1.0, "share of the fragments that are traced, where nobody before has decided", at_least=0, at_most=1
    )
