"""The service as an operator starts it, with the embedded engines, heard from outside: what goes in is
generated English speech over the real protocol, what comes back has to be that speech in Spanish.
"""
