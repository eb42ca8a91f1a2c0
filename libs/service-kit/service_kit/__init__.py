"""What every process has in common: a table of settings, log lines, the count of its tasks, and traces.

It knows nothing of media or speech, opens no socket (but for traces, where they are asked for) and imports no
other room; every service may import it.
"""
