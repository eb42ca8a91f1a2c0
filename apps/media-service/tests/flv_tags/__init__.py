"""FLV tags and decoding order: what a source's bytes and stamps become."""
