"""Wording: numbers of things in words."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things; ``many`` is the plural where it does not just end with an s.

    >>> counted(1, "bus"), counted(2, "bus", "buses")
    ('1 bus', '2 buses')
    """
    return f"{number} {one if number == 1 else many or one + 's'}"
