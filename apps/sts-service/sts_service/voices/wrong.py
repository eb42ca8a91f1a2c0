"""What is wrong with the voices."""


class VoicesWrong(ValueError):
    """One line that names the file, and where it can the profile and the field."""
