"""The engines of the cloud, against servers that behave like theirs."""
