"""Keeps a service process small, and Socket.IO's client side out of it: imported first by its `__main__`.

`import socketio` brings every client that the environment can run, with aiohttp and requests where they
are installed: a third of the start-up time and 14 MB that a server has no use for. Where this module is
not imported (the echo server inside somebody's tests) nothing is left out.
"""

import sys

from service_kit.memory import stay_small

stay_small()

_CLIENT_SIDE = ("aiohttp", "requests", "websocket")

_left_out = [name for name in _CLIENT_SIDE if name not in sys.modules]
sys.modules.update(dict.fromkeys(_left_out))  # type: ignore[arg-type]
try:
    import engineio  # noqa: F401
    import socketio  # noqa: F401
finally:
    for name in _left_out:
        del sys.modules[name]
