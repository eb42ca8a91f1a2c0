"""The dubbed stream sent on, as it is, to other servers: one small process a destination.

A forwarder is a worker in passthrough: it copies sound and picture, connects again by itself, and takes its
URLs from its environment, where no list of processes shows a key. Its failures are its own: nothing here
touches the stream's worker.
"""
