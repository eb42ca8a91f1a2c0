"""Keeps the process small; imported before anything that allocates much. A worker is one of many."""

import os

from service_kit.memory import stay_small

# Nothing here multiplies matrices: a pool of threads for it would only hold memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
stay_small()
