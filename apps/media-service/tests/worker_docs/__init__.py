"""What the worker README shows is run as it stands there, on free ports and in a folder of its own."""
