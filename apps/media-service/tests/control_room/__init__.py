"""The control room in a real browser: against a stand-in that shows every state, and against the real thing."""
