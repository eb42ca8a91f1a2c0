"""The command line: verbs, help, exit codes, and secrets that leave the process list."""
