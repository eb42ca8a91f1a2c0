"""What sound is here."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.float32]
"""Shape (samples, channels) with one or two channels, full scale +-1.0."""
