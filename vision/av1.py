"""The size that an AV1 picture is coded at, from its sequence header.

    for width, height in coded_sizes(item):     # the bytes of one image item of an AVIF
        ...

An AVIF says its dimensions twice: in a box, which the caller checks, and in the coded data, which
decides how much memory the decoder takes. Source: AV1 Bitstream & Decoding Process Specification,
sections 5.3 (OBU) and 5.5 (sequence header).
"""

from collections.abc import Iterator

SEQUENCE_HEADER = 1
MOST_UNITS = 1000
"""Units (OBU) in one item; a still picture has fewer than ten."""


class Bits:
    """Reads unsigned numbers from the most significant bit on. Raises ValueError at the end."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, count: int) -> int:
        """The next `count` bits as a number."""
        if count > self._left:
            raise ValueError("the sequence header ends too early")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def uvlc(self) -> int:
        """A number of variable length (section 4.10.3)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros >= 32:
                return (1 << 32) - 1
        return self.take(zeros) + (1 << zeros) - 1


def coded_sizes(item: bytes) -> Iterator[tuple[int, int]]:
    """Largest frame width and height of each sequence header. Raises ValueError."""
    at = 0
    for _ in range(MOST_UNITS):
        if at >= len(item):
            return
        first = item[at]
        at += 2 if first & 4 else 1
        size = len(item) - at
        if first & 2:
            size, at = _leb128(item, at)
        if (first >> 3) & 15 == SEQUENCE_HEADER:
            # 128 bytes hold the longest header up to the frame size.
            yield _frame_size(Bits(item[at : at + min(size, 128)]))
        at += size
    raise ValueError("the coded picture has too many units")


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(8):
        if at >= len(data):
            raise ValueError("a unit ends too early")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return value, at
    raise ValueError("a unit's size makes no sense")


def _frame_size(bits: Bits) -> tuple[int, int]:
    bits.take(3 + 1)  # profile, still picture
    if bits.take(1):  # reduced header
        bits.take(5)
    else:
        _operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _operating_points(bits: Bits) -> None:
    delay_bits = 0
    if bits.take(1):  # timing
        bits.take(64)
        if bits.take(1):
            bits.uvlc()
        if bits.take(1):  # decoder model
            delay_bits = bits.take(5) + 1
            bits.take(32 + 5 + 5)
    display_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:  # levels above 3.3 have tiers
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if display_delay and bits.take(1):
            bits.take(4)
