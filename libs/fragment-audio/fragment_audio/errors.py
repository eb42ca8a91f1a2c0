"""What coded sound can be.

ValueError
+ Undecodable        one packet of a live stream; its decoder stays usable
+ UnreadableSound    a whole file: not what it says it is, or hostile
"""


class Undecodable(ValueError):
    pass


class UnreadableSound(ValueError):
    pass
