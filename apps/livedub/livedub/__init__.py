"""The command: verbs around the media worker and the speech services, which stay usable without it.

`settings` reads the one table, `verbs` are the entry of each verb, `dub` runs a stream, `doctor` looks at the
machine. Nothing imports this package; it starts the services as processes and takes their exit codes over.
"""
