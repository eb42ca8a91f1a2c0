"""What can go wrong for the orchestrator, and how its API answers.

    OrchestratorError
    + SettingsWrong        exit code 2
    + Refused              422   what was asked for is not allowed, or makes no sense
    + NoSuchStream         404
    + NoSuchFile           404
    + AlreadyThere         409
    + Contradiction        409   two settings of a stream do not go together
    + NoWorker             409   none runs for this stream now
    + TooMany              503   a bound is reached
    + WorkerSilent         502   the stream's worker does not answer
    + StoreFailed          503   the database cannot be used now
      + StoreFull          507   its disk is full

The message is one line for a person, and shows no key.
"""


class OrchestratorError(Exception):
    status = 500


class SettingsWrong(OrchestratorError):
    exit_code = 2


class Refused(OrchestratorError, ValueError):
    status = 422


class NoSuchStream(OrchestratorError):
    status = 404


class NoSuchFile(OrchestratorError):
    status = 404


class AlreadyThere(OrchestratorError):
    status = 409


class Contradiction(Refused):
    status = 409


class NoWorker(OrchestratorError):
    status = 409


class TooMany(OrchestratorError):
    status = 503


class WorkerSilent(OrchestratorError):
    status = 502


class StoreFailed(OrchestratorError):
    status = 503


class StoreFull(StoreFailed):
    status = 507
