"""The record of what came in: what is put on record, and the files of a whole run."""
