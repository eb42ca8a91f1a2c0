"""A look at what comes in and what goes on air, for browsers: short HLS playlists in a folder.

The tick hands over pieces of both streams (`writer`) and never waits; one thread cuts them into segments
(`segmenter`), dates them by the source (`dates`) and keeps folder and playlist (`folder`, `playlist`).
Whatever goes wrong here ends the previews, not the stream.
"""
