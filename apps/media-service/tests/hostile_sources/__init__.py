"""Sources that mean harm: what they lead to is not opened, and a worker that has one ends in order.

`house` plays a server that only this machine reaches: 127.0.0.2, where nobody has asked for anything.
"""
