"""What survives a restart: the streams and their settings, and who did what. SQLite, with one owner thread.

URLs are kept with their keys, so the file is its owner's alone. Only `control` comes in here.
"""
