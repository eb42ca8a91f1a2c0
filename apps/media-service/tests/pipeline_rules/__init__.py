"""Rules of the pipeline that need none to be tried: what a report means, when an output is stuck."""
