"""Tests of the test media: what it makes is what it says, and what is wrong with a recording is found."""
