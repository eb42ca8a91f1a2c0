"""What is pure in dubbing: plan, events, captions, transcript, tally, lines; and the screen."""
