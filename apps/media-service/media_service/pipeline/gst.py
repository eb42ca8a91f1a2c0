"""GStreamer itself: initialised once, plus what every pipeline of this room does the same way."""

import contextlib
import ctypes
import logging
import socket
from typing import Any

import gi

# GStreamer brings libunwind, which would stand in for the C++ runtime's own unwinder in every plugin loaded
# later: an exception inside libsrt then aborts the process. What is global first is found first.
ctypes.CDLL("libgcc_s.so.1", mode=ctypes.RTLD_GLOBAL)

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstRtsp", "1.0")
from gi.repository import Gio, GLib, GObject, Gst, GstApp, GstRtsp  # noqa: E402

Gst.init(None)
# Else a thread whose work has ended would be given the next, with the stack that it has (see deep_stacks).
GLib.ThreadPool.set_max_unused_threads(0)

log = logging.getLogger("media_service.libraries")


def _complained(domain: str | None, _level: int, message: str, _data: object) -> None:
    """What a library says against itself would otherwise be bare text between our lines."""
    log.warning("%s: %s", domain or "a library", message)


for _domain in (None, "GLib", "GLib-GObject", "GLib-GIO", "GStreamer"):
    GLib.log_set_handler(
        _domain, GLib.LogLevelFlags.LEVEL_CRITICAL | GLib.LogLevelFlags.LEVEL_WARNING, _complained, None
    )


def _connecting(_client: Any, event: Any, _to: Any, connection: Any) -> bool:
    """TCP keeps a small message back until the one before is acknowledged, some 40 ms later, unless it is
    told not to; an RTMP connection begins with three of them.
    """
    if event == Gio.SocketClientEvent.CONNECTING and isinstance(connection, Gio.SocketConnection):
        # One that is not TCP has no such setting.
        with contextlib.suppress(GLib.Error):
            connection.get_socket().set_option(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return True


# The elements show nobody their connections; what tells of them is there once its class is.
_FIRST = Gio.SocketClient()
GObject.add_emission_hook(Gio.SocketClient, "event", _connecting)

NONE = Gst.CLOCK_TIME_NONE
__all__ = [
    "NONE",
    "Gst",
    "GstApp",
    "GstRtsp",
    "contents",
    "linked",
    "missing_elements",
    "pipeline",
    "take_messages",
]


def missing_elements(names: list[str]) -> list[str]:
    """Those that no installed plugin has."""
    return [name for name in names if Gst.ElementFactory.find(name) is None]


def pipeline(description: str) -> Any:
    """A pipeline from a launch line; also where the line holds a single element."""
    made = Gst.parse_launch(description)
    if isinstance(made, Gst.Pipeline):
        return made
    wrapped = Gst.Pipeline.new(None)
    wrapped.add(made)
    return wrapped


def linked(pad: Any, sink: Any) -> bool:
    """Links two pads. The bindings raise where C returns a code."""
    try:
        return bool(pad.link(sink) == Gst.PadLinkReturn.OK)
    except Gst.LinkError:
        return False


def contents(buffer: Any) -> bytes:
    return bytes(buffer.extract_dup(0, buffer.get_size()))


WANTED = (
    Gst.MessageType.ERROR
    | Gst.MessageType.EOS
    | Gst.MessageType.WARNING
    | Gst.MessageType.LATENCY
    | Gst.MessageType.PROGRESS
)


def take_messages(of: Any) -> list[Any]:
    """What the bus holds of what we listen to, without waiting."""
    bus = of.get_bus()
    taken = []
    while (message := bus.pop_filtered(WANTED)) is not None:
        taken.append(message)
    return taken
