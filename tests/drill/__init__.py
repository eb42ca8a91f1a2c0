"""The fault drill: a whole system on air, broken from outside, and judged by what viewers would have seen.

A publisher sends a programme to an RTMP server; a worker takes it from there, has it dubbed by the echo
service and sends it to another RTMP server, which a recorder listens to. Between any two of them stands a
`Proxy` that delays, cuts or spoils what goes through; signals, a full disk, a clock that is set and a lack of
memory hit the processes. `scenarios` lists what happens and what is promised, `make drill` plays all of it.
"""
