"""What every process has in common: a table of settings, and log lines.

It knows nothing of media or speech, opens no socket and imports no other room; every service may import it.
"""
