"""What the service is worth, measured on somebody's own recordings: `python -m sts_service.bench quality`.

Its stages are the service's own, set up as the settings say; nothing of the service imports this room.
"""
