"""Real servers for the tests: nginx with its RTMP module, GStreamer's RTSP server, SRT.

Each is a `Program` on a free port of 127.0.0.1 with a folder of its own: a context manager, of either kind,
that can be killed and started again on the same port.
"""
