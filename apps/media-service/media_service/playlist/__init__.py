"""HLS inputs: a playlist and all that it names come through here, each address checked before it is opened.

GStreamer asks a port of this machine, in the place of the source's servers. `pipeline` opens a `Door`; nobody
else comes here. Imports no gi.
"""
