"""Worker processes: started without a shell, found again, asked, ended - exactly those that are ours.

A worker is ours when its environment says so (`LIVEDUB_CHILD_OF` is our folder): that outlives the
orchestrator, and leaves no moment in which a started worker is known to nobody. Linux only.
"""
