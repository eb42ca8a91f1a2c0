"""Where everything meets: one keeper a stream does what `wanted` decides; the roster knows them all.

`http` asks the roster and nobody else. All of it lives on one loop; what blocks is in a thread, what waits
has a time-out, and every task belongs to the roster's group.
"""
