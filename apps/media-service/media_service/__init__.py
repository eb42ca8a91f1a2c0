"""The media worker's room: it will cut a live stream into fragments and put the dubbed ones back in time.

GStreamer may be imported only in ``media_service.pipeline``; nothing here may import the speech service, only
``dubbing_protocol``, which both sides share.
"""
