"""What livedub is made of: pinned, licensed, listed, and without secrets, as the scripts for it find."""
