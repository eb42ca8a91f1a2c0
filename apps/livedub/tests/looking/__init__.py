"""`livedub doctor`, `engines` and `models`: what is found is what is there."""
