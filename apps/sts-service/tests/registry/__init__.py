"""Engines are found, chosen and tried; each passes the tests that every engine has to pass."""
