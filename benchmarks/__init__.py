"""What the services cost and how quick they are, measured against something a reader knows.

`python -m benchmarks` runs every benchmark and prints a table each. Nothing here is imported by the services;
the load is made by hand-framed sockets, so that what is measured is the service and not a client library.
"""
