"""Whatever ran before, the threads of a source that may nest its messages have room for that."""

import json
import subprocess
import sys

from media_service.pipeline.deep_stacks import STACK_BYTES

ROUNDS = 3
PROGRAM = """
import contextlib, ctypes, json, sys, time
from media_service.pipeline.deep_stacks import deep_stacks
from media_service.pipeline.gst import Gst, pipeline

def stack_bytes():
    library = ctypes.CDLL(None)
    attributes, size = ctypes.create_string_buffer(256), ctypes.c_size_t()
    library.pthread_self.restype = ctypes.c_ulong
    library.pthread_getattr_np(ctypes.c_ulong(library.pthread_self()), attributes)
    library.pthread_attr_getstacksize(attributes, ctypes.byref(size))
    return size.value

def play(made, stacks):
    with stacks():
        made.set_state(Gst.State.PLAYING)
    assert made.get_bus().timed_pop_filtered(10 * Gst.SECOND, Gst.MessageType.EOS) is not None
    made.set_state(Gst.State.NULL)

found = []
for _ in range(int(sys.argv[1])):
    play(pipeline("fakesrc num-buffers=3 ! queue ! queue ! queue ! fakesink"), contextlib.nullcontext)
    time.sleep(0.8)  # half a second long a thread waits for its own pool's next work
    made = pipeline("fakesrc num-buffers=1 ! identity name=here signal-handoffs=true ! fakesink")
    made.get_by_name("here").connect("handoff", lambda *_: found.append(stack_bytes()))
    play(made, deep_stacks)
print(json.dumps(found))
"""
"""In a process of its own: the threads of other tests are none of it."""


def test_no_thread_is_used_again_that_began_before() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROUNDS)], capture_output=True, text=True, timeout=60, check=True
    )
    found = json.loads(done.stdout)
    assert len(found) == ROUNDS
    assert min(found) >= STACK_BYTES
