"""The protocol's audio to samples and back, exact to the sample.

Every call blocks, for milliseconds: for a thread. Only the pipeline calls in here.
"""

from fragment_audio.errors import UnreadableSound

from sts_service.audio.clip import Clip, mono_16k, resample
from sts_service.audio.reading import read
from sts_service.audio.writing import write

__all__ = ["Clip", "UnreadableSound", "mono_16k", "read", "resample", "write"]
