"""`livedub dub` as people start it: a process, with its children, its files and its end."""
