"""What one bad client can do to the others: floods against the echo service, run as its users run it.

Three processes take part, so that none is measured by another's delays: the service, a witness (a quiet
worker that times its round trips) and the attack. Nothing in here reads the server's code.
"""
