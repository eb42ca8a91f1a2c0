"""An engine process's own side: makes the engine, answers one call after the other."""

import asyncio
import faulthandler
import gc
import os
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from dubbing_protocol import ErrorCode

from sts_service.engines.errors import EngineError, NotHere
from sts_service.engines.host.address import found
from sts_service.engines.host.memory import held_bytes, is_out_of_gpu_memory
from sts_service.engines.host.messages import Begin, Call, Failure, Ready, Reply, Unable, Value
from sts_service.engines.host.wire import LinkBroken, Unsendable, incoming, pack, unpack


def serve(link: socket.socket) -> int:
    """Until the server says so, or has gone; the exit status."""
    faulthandler.enable()
    begin = _receive(link)
    if not isinstance(begin, Begin):
        raise LinkBroken("the server must begin")
    sys.path[:] = begin.path
    try:
        engine = found(begin.spec).make(begin.settings)
    except NotHere as error:
        _send(link, Unable(str(error)))
        return 1
    except (Exception, SystemExit) as error:
        traceback.print_exc()
        _send(link, Unable(f"{type(error).__name__}: {error}"))
        return 1
    gc.collect()
    gc.freeze()  # a loaded model is there for good, no need to look through it again and again
    _send(link, Ready())
    with asyncio.Runner() as runner:
        while isinstance(call := _receive(link), Call):
            reply = answer(engine, call, runner.run)
            try:
                _send(link, reply)
            except Unsendable as error:
                reply = _failed(EngineError(ErrorCode.MODEL_ERROR, f"the engine's result: {error}"))
                _send(link, reply)
            del call, reply  # a minute of sound, while the next is waited for
        runner.run(engine.close())
    return 0


def answer(engine: Any, call: Call, run: Callable[[Any], Any]) -> Reply:
    """Whatever the call raises becomes a reply."""
    try:
        value = run(_awaited(getattr(engine, call.method)(*call.arguments, **call.named)))
        return Value(value, held_bytes())
    except EngineError as error:
        failure, out_of_memory = _failed(error), error.code is ErrorCode.GPU_OOM
    except (Exception, SystemExit) as error:
        out_of_memory = is_out_of_gpu_memory(error)
        code = ErrorCode.GPU_OOM if out_of_memory else ErrorCode.MODEL_ERROR
        what = "out of GPU memory" if out_of_memory else f"the engine raised {type(error).__name__}"
        frames = None if out_of_memory else "".join(traceback.format_tb(error.__traceback__))
        failure = _failed(EngineError(code, what), frames)
    # Only now is the exception gone, and with it the frames that hold on to what filled the memory.
    if out_of_memory:
        free_memory(engine)
    return failure


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def free_memory(engine: Any) -> None:
    """Has the engine empty its caches, if it can."""
    gc.collect()
    free = getattr(engine, "free_memory", None)
    if free is None:
        return
    try:
        free()
    except Exception:
        traceback.print_exc()


def _failed(error: EngineError, frames: str | None = None) -> Failure:
    return Failure(error.code, error.message, error.retryable, held_bytes(), frames)


def _send(link: socket.socket, reply: Reply) -> None:
    for part in pack(reply):
        link.sendall(part)


def _receive(link: socket.socket) -> Any:
    """Ends the process where the server has gone: there is nobody to close for."""
    steps = incoming()
    try:
        view = next(steps)
        while True:
            filled = link.recv_into(view)
            if not filled:
                os._exit(0)
            view = view[filled:] if filled < len(view) else next(steps)
    except StopIteration as whole:
        return unpack(whole.value)
