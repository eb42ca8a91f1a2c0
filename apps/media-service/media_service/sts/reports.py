"""What happens, told twice: to the listener, and as a log line."""

from media_service.sts.actions import Answered, FellBack, PressureChanged, Send
from media_service.sts.breaker import BreakerChanged, BreakerState
from media_service.sts.fragment import Answer, Fallback
from media_service.sts.listener import Listener
from media_service.sts.logs import Log

Reported = Answered | FellBack | Send | BreakerChanged | PressureChanged


class Reports:
    def __init__(self, listener: Listener, log: Log) -> None:
        self._listener = listener
        self._log = log
        self._connected: bool | None = None
        self._wrong: str | None = None
        """The setting of which the log has told."""

    def tell(self, happened: Reported) -> None:
        match happened:
            case Answered(answer):
                self._answered(answer)
            case FellBack(fallback):
                self._fell_back(fallback)
            case Send(fragment, number):
                self._log.debug(
                    "fragment sent",
                    batchNumber=fragment.slot,
                    fragmentId=fragment.fragment_id,
                    sequenceNumber=number,
                )
                self._listener.fragment_sent(fragment.slot, number)
            case BreakerChanged(state, reason):
                level = self._log.info if state is BreakerState.CLOSED else self._log.warning
                level("circuit breaker", state=state.name.lower(), reason=reason)
                self._listener.breaker_changed(state, reason)
            case PressureChanged(action, delay_ms):
                self._log.info("backpressure", action=action, delayMs=delay_ms)
                self._listener.pressure_changed(action, delay_ms)

    def session(self, connected: bool, reason: str, *, wrong_setting: str | None = None) -> None:
        """Told when it changes; each failed try is a line in the log, a wrong setting an error once."""
        if connected:
            self._log.info("speech service ready")
        elif wrong_setting is not None and wrong_setting != self._wrong:
            self._log.error(f"the speech service refuses the stream: wrong is {wrong_setting}", reason=reason)
        else:
            self._log.warning("no speech service", reason=reason)
        self._wrong = wrong_setting
        if connected is not self._connected:
            self._connected = connected
            self._listener.session_changed(connected, reason)

    def left(self) -> None:
        """The worker needs no session any more."""
        self._log.info("left the speech service")
        self._connected = False
        self._listener.session_changed(False, "the stream has ended")

    def _answered(self, answer: Answer) -> None:
        self._log.info(
            "late answer" if answer.late else "answer",
            batchNumber=answer.slot,
            fragmentId=answer.fragment.fragment_id,
            status=answer.status,
            rttMs=round(answer.rtt_ms),
            marginMs=None if answer.margin_ms is None else round(answer.margin_ms),
        )
        self._listener.answered(answer)

    def _fell_back(self, fallback: Fallback) -> None:
        self._log.info(
            "fallback",
            batchNumber=fallback.slot,
            reason=fallback.reason.value,
            code=fallback.code,
            detail=fallback.message,
        )
        self._listener.fell_back(fallback)
