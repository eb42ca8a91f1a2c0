"""How long a source is waited for, with sources that are scripted and a clock that the test sets."""
