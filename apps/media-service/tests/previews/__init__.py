"""The previews: how they are cut, dated and listed, what a bad disk does, what a browser gets of a run."""
