"""The embedded engines as they are installed here, by their interfaces; they hear generated speech."""
