"""The text of speech, on its way from the recogniser to the voice."""
