"""Where everything meets: one keeper a stream does what `wanted` decides; the roster knows them all.

`http` asks the roster and nobody else. All of it lives on one loop; what blocks is in a thread, what waits
has a time-out, and every task belongs to the roster's group. Time-outs are `asyncio.timeout`: before
Python 3.12, `asyncio.wait_for` can swallow a cancellation, and a task that was to end would go on.
"""
