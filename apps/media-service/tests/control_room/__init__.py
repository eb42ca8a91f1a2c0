"""The control room in a browser, against a stand-in that shows every state and against the real thing."""
