"""Two workers for tests to speak with, and the judge that hears every word a server says to them.

`SioClient` speaks as a well-behaved worker does, `RawClient` frames by hand and may say anything. Both
record what arrives in order; `verdict` checks each payload against its published schema and each connection
against the promises that hold for all of them; `watch` makes a test fail over what the judge found. Nothing
in here reads the server's code.
"""
