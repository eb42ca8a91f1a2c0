"""What the jitter buffers of rtspsrc are told, and asked."""

import re
from typing import Any

from media_service.pipeline.gst import Gst
from media_service.pipeline.sender_reports import SenderReports

ANNOUNCED_END = re.compile(r", npt-stop=[^,;]*")


def watched(rtspsrc: Any, reports: SenderReports) -> int:
    """From now on its senders' reports are passed on. The handler's number, to disconnect it by."""
    return int(rtspsrc.connect("new-manager", _new_manager, reports))


def _new_manager(_: Any, manager: Any, reports: SenderReports) -> None:
    manager.connect("new-jitterbuffer", _new_buffer, reports)


def _new_buffer(_: Any, buffer: Any, session: int, __: int, reports: SenderReports) -> None:
    """Runs in a streaming thread, once a track."""
    buffer.connect("handle-sync", reports.report, session)
    buffer.get_static_pad("sink").add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, _endless)


def _endless(pad: Any, info: Any) -> Any:
    """Leaves the announced end out. Where a server tells one who joins its stream a wrong beginning, the
    jitter buffer takes the end for past, and no packet comes through.
    """
    event = info.get_event()
    text = event.parse_caps().to_string() if event.type == Gst.EventType.CAPS else ""
    endless = ANNOUNCED_END.sub("", text)
    if endless == text:
        return Gst.PadProbeReturn.OK
    pad.send_event(Gst.Event.new_caps(Gst.Caps.from_string(endless)))
    return Gst.PadProbeReturn.DROP
