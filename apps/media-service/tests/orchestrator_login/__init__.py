"""Who may ask the orchestrator: sessions, guesses, the door; with clocks that are set by hand."""
