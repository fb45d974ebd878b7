"""Times as people read them."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """``1:02:03``, or ``2:03`` for less than an hour.

    >>> duration(3723.4), duration(59.6)
    ('1:02:03', '1:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
