"""The official JavaScript client against the real server."""
