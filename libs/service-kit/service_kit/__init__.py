"""What every process has in common: a table of settings, log lines, the count of its tasks.

It knows nothing of media or speech, opens no socket and imports no other room; every service may import it.
"""
