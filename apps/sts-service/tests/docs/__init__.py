"""The documents are held to the code: tables to models and settings, frames and commands to real runs."""
