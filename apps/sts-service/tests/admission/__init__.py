"""A stream that would be one too many is told so, before those that run miss their deadlines."""
