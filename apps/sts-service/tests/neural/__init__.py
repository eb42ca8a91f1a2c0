"""The neural engines: the real libraries, on tiny models that the tests make themselves."""
