"""
Figures as people read them.
"""

from __future__ import annotations


def milliseconds(value: float) -> str:
    """
    Return a time of *value* milliseconds with three digits and a fitting unit.

    Examples:
        >>> milliseconds(0.0093), milliseconds(12.345), milliseconds(2500)
        ('9.3 µs', '12.3 ms', '2.50 s')
    """
    if value < 0.9995:
        return f"{value * 1000:.3g} µs"
    return f"{value:.3g} ms" if value < 999.5 else f"{value / 1000:.2f} s"


def size(count: int) -> str:
    """
    Return a number of bytes with three digits and a fitting unit.

    Examples:
        >>> size(812), size(59_234), size(1_720_000)
        ('812 B', '59.2 kB', '1.72 MB')
    """
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if count >= factor * 0.9995:
            return f"{count / factor:.3g} {unit}"
    return f"{count} B"


def times(before: float, after: float) -> str:
    """
    Return how many times smaller *after* is than *before*.

    Examples:
        >>> times(120, 10), times(3, 2), times(12.3, 0.004)
        ('12 x', '1.5 x', '3,075 x')
    """
    if not after:
        return "∞"
    ratio = before / after
    return f"{ratio:,.0f} x" if ratio >= 10 else f"{ratio:.1f} x"


def part(count: int, of: int) -> str:
    """
    Return a share in percent, or a dash of nothing.

    Examples:
        >>> part(3, 40), part(0, 0)
        ('7.5 %', '-')
    """
    return f"{100 * count / of:.1f} %" if of else "-"
