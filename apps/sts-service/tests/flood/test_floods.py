"""Whatever one client floods the service with, the others' streams stay quick and the memory comes back."""

import pytest

from flood.attack import BURST, CONNECTIONS, MALFORMED, MALFORMED_CONNECTIONS
from flood.service import echo_service
from flood.trial import Trial, flooded

pytestmark = pytest.mark.slow

# The witness sends more than a stream may by default, and the floods are to reach the server, not its limits.
WITNESS_LIMIT = "--fragment-rate-per-min=100000"
OPEN_HOUSE = (WITNESS_LIMIT, "--ws-max-connections=600", "--ws-connect-rate-per-s=1000")


def trial(report: list[str], attack: str, *flags: str) -> Trial:
    with echo_service(*flags) as service:
        outcome = flooded(service, attack)
    report.append(outcome.row())
    return outcome


def test_500_admitted_connections_in_a_second_harm_nobody(report: list[str]) -> None:
    flood = trial(report, "connections", *OPEN_HOUSE)
    for seen in flood.rounds:
        assert seen["asked_s"] <= 1.0, flood.row()
        assert seen["answers"] == {"joined": CONNECTIONS}, flood.row()
    flood.check_others_unharmed()


def test_500_connections_in_a_second_over_the_limits_harm_nobody(report: list[str]) -> None:
    flood = trial(report, "connections", WITNESS_LIMIT)
    for seen in flood.rounds:
        assert seen["asked_s"] <= 1.0, flood.row()
        assert sum(seen["answers"].values()) == CONNECTIONS
        assert seen["answers"]["joined"] <= 100, flood.row()
        # Who is refused is told so: by the handshake, or by the web server where there are too many at once.
        assert set(seen["answers"]) <= {"joined", "refused RATE_LIMIT", "HTTP 503"}, flood.row()
    flood.check_others_unharmed()


def test_10000_malformed_events_harm_nobody(report: list[str]) -> None:
    flood = trial(report, "malformed", *OPEN_HOUSE)
    for seen in flood.rounds:
        assert seen["answered"] == MALFORMED
        assert seen["still_served"] == [True] * MALFORMED_CONNECTIONS
        assert seen["complaints"] == []
    flood.check_others_unharmed()


def test_a_60_mb_message_costs_its_sender_the_connection_and_nobody_else(report: list[str]) -> None:
    flood = trial(report, "oversized", *OPEN_HOUSE)
    assert all(cut_s < 5 for seen in flood.rounds for cut_s in seen["cut_s"]), flood.row()
    flood.check_others_unharmed()


def test_a_client_that_never_reads_is_cut_and_harms_nobody(report: list[str]) -> None:
    flood = trial(report, "deaf", *OPEN_HOUSE)
    assert all(seen["cut_s"] is not None for seen in flood.rounds), flood.row()
    flood.check_others_unharmed()


def test_200_fragments_at_once_on_one_stream_harm_nobody(report: list[str]) -> None:
    flood = trial(report, "burst", *OPEN_HOUSE)
    for seen in flood.rounds:
        assert seen["processed"] + sum(seen["refused"].values()) == BURST
        assert set(seen["refused"]) <= {"BACKPRESSURE_EXCEEDED", "INVALID_SEQUENCE"}
        assert seen["complaints"] == []
    flood.check_others_unharmed()
