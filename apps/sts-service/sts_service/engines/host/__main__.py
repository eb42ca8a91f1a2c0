"""python -m sts_service.engines.host --fd N --parent PID: an engine process, started by `host.process`."""

import argparse
import os
import socket
import sys

from sts_service.engines.host.bond import bind_to_parent
from sts_service.engines.host.serving import serve
from sts_service.engines.native import tell_nobody

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sts_service.engines.host")
    parser.add_argument("--fd", type=int, required=True, help="socket to the server")
    parser.add_argument("--parent", type=int, required=True, help="process that this one ends with")
    arguments = parser.parse_args()
    bind_to_parent(arguments.parent)
    # Whoever wrote the engine: what it loads, and the programs that it starts, ask this process's variables.
    tell_nobody()
    # What the engine starts must not keep the connection open.
    os.set_inheritable(arguments.fd, False)
    with socket.socket(fileno=arguments.fd) as link:
        status = serve(link)
    sys.exit(status)
