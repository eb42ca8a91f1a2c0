"""`livedub serve` and `livedub demo` as people run them, and what they tell what they start."""
