"""GStreamer, in and out: the only room that imports `gi`.

`packet` says what crosses its edge: access units and audio packets with their stamps, as plain bytes.
`source` brings them in from a URL, `output` takes them out to one. Both are polled from the worker's tick: no
callback of a streaming thread ever runs Python. What blocks (opening, closing) is for the caller to put into
a thread.
"""
