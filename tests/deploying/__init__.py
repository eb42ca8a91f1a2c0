"""The files of deploy/ are held to the tree: to what set-up installs, to the settings, to the metrics.

No container engine runs where the tests run: tools that read such files read them, and the steps of a build
are run as they stand.
"""
