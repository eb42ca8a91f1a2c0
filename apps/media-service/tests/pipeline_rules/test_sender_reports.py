from dataclasses import dataclass

from media_service.pipeline.sender_reports import FARTHEST_NS, SenderReports
from media_service.timeline.units import MS_NS


@dataclass(frozen=True)
class Sync:
    """The structure that comes with a report, as far as it is read."""

    fields: dict[str, int]

    def get_uint64(self, name: str) -> tuple[bool, int]:
        return name in self.fields, self.fields.get(name, 0)

    get_uint = get_uint64


def _told(*, clock_ns: int, rate: int, base: int, base_ns: int, reported: int) -> Sync:
    names = ("sr-ntpnstime", "clock-rate", "base-rtptime", "base-time", "sr-ext-rtptime")
    return Sync(dict(zip(names, (clock_ns, rate, base, base_ns, reported), strict=True)))


def test_the_reports_of_two_tracks_tell_how_far_their_stamps_are_apart() -> None:
    reports = SenderReports()
    # The picture's stamp 0 is the sender's 10 s, the sound's stamp 100 ms is its 10.04 s.
    reports.report(None, _told(clock_ns=11 * 10**9, rate=90_000, base=500, base_ns=0, reported=90_500), 0)
    assert reports.apart_ns(0, 1) is None
    told = _told(clock_ns=11_040 * MS_NS, rate=48_000, base=7, base_ns=100 * MS_NS, reported=48_007)
    reports.report(None, told, 1)
    assert reports.apart_ns(0, 1) == 60 * MS_NS
    assert reports.apart_ns(1, 0) == -60 * MS_NS
    assert reports.apart_ns(0, None) is None


def test_senders_whose_clocks_disagree_are_not_believed() -> None:
    reports = SenderReports()
    for session, clock_ns in ((0, 10**18), (1, 10**18 + 2 * FARTHEST_NS)):
        told = _told(clock_ns=clock_ns, rate=90_000, base=0, base_ns=0, reported=0)
        reports.report(None, told, session)
    assert reports.apart_ns(0, 1) is None
