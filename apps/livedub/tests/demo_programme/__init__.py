"""What the demo's programme is made of: the script, its times, its sound, its picture, its stream."""
