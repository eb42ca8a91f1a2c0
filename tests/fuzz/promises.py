"""What a target must keep, beyond not falling over."""


class Broken(Exception):
    """A promise was not kept."""


def hold(kept: bool, promise: str) -> None:
    if not kept:
        raise Broken(promise)
