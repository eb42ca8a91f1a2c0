"""Who may ask: tokens, sessions of the page, and guesses that are slowed. Pure, but for one small file.

`http` asks the `Door`; nobody else comes here.
"""
