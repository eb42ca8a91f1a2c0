"""One stream in the foreground: a worker, a speech service where none is given, and what a person sees.

`plan`, `events`, `captions`, `transcript`, `tally` and `lines` are pure; `children`, `speech`, `worker`,
`log` and `papers` are processes and files; `run` puts them together.
"""
