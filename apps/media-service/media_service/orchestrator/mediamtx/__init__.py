"""MediaMTX's control API, as far as it tells which paths are ready. A client only."""
