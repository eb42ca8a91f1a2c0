"""Media time: where every packet and every sample of the run belongs. Pure; the clock is passed in.

The only room that turns a source's stamps into the run's own time. `epochs` does that, `pace` says when a
time is due at the output, `lane` holds the sound by sample index, `slots` cuts it into what is dubbed,
`pictures` holds the video until it is due. Called by the worker; imports nothing of the other rooms.
"""
