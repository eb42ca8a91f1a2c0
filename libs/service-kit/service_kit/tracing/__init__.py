"""Where the time of a piece of work went, told as a trace; off unless a settings table names an endpoint.

Whoever works says `with part("decode"):`, and knows nothing else of it. A process makes its `Tracer` with
`start`; without an endpoint that is `NO_TRACER`, which does nothing, and no library is imported. Attributes
are names, numbers and codes: never speech, never a key.
"""

from service_kit.tracing.process import CLOSE_S, check, start
from service_kit.tracing.rows import endpoint_row, ratio_row
from service_kit.tracing.spans import NO_SPAN, NO_TRACER, Kind, Span, Tracer, part, within

__all__ = [
    "CLOSE_S",
    "NO_SPAN",
    "NO_TRACER",
    "Kind",
    "Span",
    "Tracer",
    "check",
    "endpoint_row",
    "part",
    "ratio_row",
    "start",
    "within",
]
