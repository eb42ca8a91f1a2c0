"""What comes from outside and names something: stream ids, paths, queries and URLs, checked before use.

Pure but for `allowed`, which looks a host's addresses up. Raises `Refused`; nothing unchecked becomes a path,
a URL, an argument or a variable.
"""
