"""The whole system: real publishers, nginx-rtmp, workers, orchestrator and speech services, each a process
of its own, over the network of this machine; what is asserted was recorded from the RTMP server's output.

Nearly all of it is waiting, so the stories are played side by side, once a session (`day`), and the tests
then look at what came of them. A test asks for its story by the fixture of that name:

- `pair`: one source, two workers, two languages, with the echo service: picture, sync, continuity.
- `read`: a minute's English talk, dubbed by the embedded engines, once cut every 6 s and once at pauses.
- `bereft`: the speech service is killed in the midst of a stream, and comes back.
- `absent`: the publisher is gone for five seconds.
- `hooked`: the orchestrator by nginx-rtmp's hooks: repeated hooks, a publisher that blinks, killed workers, a
  killed orchestrator, a destination that is dead.
- `scripted`: the same by MediaMTX's hook script and its list of paths.
"""
