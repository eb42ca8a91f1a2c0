"""The real worker against real servers and the real echo service, measured from what was recorded.

`worker` and `echo` run them as processes, `stage` sets a scene of source, worker and recorder. What a test
says of time comes from recordings and from log lines, never from how long something slept.
"""
