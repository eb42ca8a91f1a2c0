"""The tables of settings and the four places a value may come from."""
