"""Media for tests and benchmarks: a programme made to be measured, and the measuring of what came of it.

``programme`` says what is wanted, ``generate`` writes the file, ``publisher`` sends it live, ``recorder``
takes down what a server gives out, and ``analysis`` tells what became of picture, sound and sync. Tests,
benchmarks and ``python -m media_service.testmedia`` may use this room; the worker does not. Its modules may
import av and numpy; nothing else of the service imports them for its sake, and importing the room itself
imports neither.
"""
