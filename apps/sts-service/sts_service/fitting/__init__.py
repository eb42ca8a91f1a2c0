"""A dub into its fragment's slot: where it begins, how fast and loud it is, what to say if it is too long.

The plan is pure arithmetic; `fit` obeys it, blocks (a stretch takes a tenth of a second and more) and is for
a thread. Only the pipeline calls in here.
"""

from sts_service.fitting.fitted import Fitted, fit
from sts_service.fitting.loudness import loudness_lufs
from sts_service.fitting.plan import Limits, Source, wanted_speed
from sts_service.fitting.stretch import stretcher

__all__ = ["Fitted", "Limits", "Source", "fit", "loudness_lufs", "stretcher", "wanted_speed"]
