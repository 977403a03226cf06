"""How is a number written in the fewest digits that give it back? The texts of ``repr``, many in one compiled loop.

Lives here: the digits of a float64 (Schubfach; Raffaello Giulietti, "The Schubfach way to render doubles", 2020), and
their form, as Python writes it. Does not live here: what is done with the texts (``logs.json_numbers``).

Whole numbers are unsigned here, and constants are ``np.uint64``: of an unsigned and a signed one numba makes a float.
"""

import numpy as np

from features.kernels.jit import compile_cached, compile_helper, inline_helper

__all__ = ["LONGEST", "write_numbers"]

LONGEST = 25
"""Characters of a number at most, with the comma behind it: "-2.2250738585072014e-308,"."""

_FIRST_POWER, _LAST_POWER = -292, 324
_SIGNIFICAND_BITS, _BIAS = 52, 1075
_BEFORE_POINT, _BEHIND_POINT = 16, -4
"""Python writes no exponent where the point stands at most 16 digits behind the first one, or fewer than 4 before."""

_ZERO, _ONE, _TWO, _FOUR, _TEN, _FORTY = (np.uint64(number) for number in (0, 1, 2, 4, 10, 40))
_HALF, _LOW_HALF = np.uint64(32), np.uint64(0xFFFFFFFF)
_DIGIT_ZERO, _POINT, _COMMA, _MINUS, _PLUS, _EXPONENT = (np.uint8(ord(letter)) for letter in "0.,-+e")
_NAN, _NULL, _INFINITY = (np.frombuffer(text, np.uint8) for text in (b"NaN", b"null", b"Infinity"))


def _compute_powers() -> np.ndarray:
    """Return the powers of ten as 128 bits each, rounded up, the first of them set: high and low half."""
    halves = []
    for power in range(_FIRST_POWER, _LAST_POWER + 1):
        shift = 127 - _floor_log2(power)
        over, under = 10 ** max(power, 0) << max(shift, 0), 10 ** max(-power, 0) << max(-shift, 0)
        halves.append(divmod(-(-over // under), 1 << 64))
    return np.array(halves, np.uint64)


def _floor_log2(power: int) -> int:
    """Return the largest power of two that is at most a power of ten."""
    return (10**power).bit_length() - 1 if power >= 0 else -(10**-power).bit_length()


_POWERS = _compute_powers()


@compile_cached
def write_numbers(numbers, is_null, letters, ends):
    """Write each number and a comma; return how many characters were written.

    Parameters
    ----------
    numbers : float64 array of shape (n,)
    is_null : bool
        Whether NaN is "null", and not "NaN".
    letters : uint8 array of at least ``LONGEST * n``
    ends : int64 array of shape (n,)
        Set to where the comma behind each number stands.
    """
    bits, at = numbers.view(np.uint64), 0
    for number in range(len(numbers)):
        value = numbers[number]
        if value != value:
            at = _copy(_NULL if is_null else _NAN, letters, at)
        else:
            if bits[number] >> np.uint64(63):
                letters[at] = _MINUS
                at += 1
            at = _copy(_INFINITY, letters, at) if np.isinf(value) else _write_size(bits[number], letters, at)
        ends[number] = at
        letters[at] = _COMMA
        at += 1
    return at


@inline_helper
def _copy(text, letters, at):
    """Copy a text; return where it ends."""
    for letter in range(len(text)):
        letters[at + letter] = text[letter]
    return at + len(text)


@compile_helper
def _write_size(bits, letters, at):
    """Write a number without its sign; return where it ends."""
    significand = bits & np.uint64((1 << _SIGNIFICAND_BITS) - 1)
    exponent = np.int64((bits >> np.uint64(_SIGNIFICAND_BITS)) & np.uint64(0x7FF))
    if significand == _ZERO and exponent == 0:
        digits, power = _ZERO, 0
    else:
        digits, power = _find_shortest(significand, exponent)
    while digits >= _TEN and digits % _TEN == _ZERO:
        digits //= _TEN
        power += 1
    count = _count_digits(digits)
    # The value is 0.DIGITS times ten to this power: 12.5 has 2, 0.0125 has -1.
    point = count + power
    if point > _BEFORE_POINT or point <= _BEHIND_POINT:
        return _write_with_exponent(digits, count, point - 1, letters, at)
    if point <= 0:
        # 0.0125: as many zeros as the point lies before the digits.
        at = _write_zeros(1, letters, at)
        letters[at] = _POINT
        at = _write_zeros(-point, letters, at + 1)
        return _write_digits(digits, count, letters, at)
    if power >= 0:
        at = _write_zeros(power, letters, _write_digits(digits, count, letters, at))
        letters[at] = _POINT
        return _write_zeros(1, letters, at + 1)
    # 12.5: the digits one place to the right, and those before the point moved back over it.
    end = _write_digits(digits, count, letters, at + 1)
    for position in range(at, at + point):
        letters[position] = letters[position + 1]
    letters[at + point] = _POINT
    return end


@inline_helper
def _write_zeros(count, letters, at):
    """Write so many zeros; return where they end."""
    for position in range(at, at + count):
        letters[position] = _DIGIT_ZERO
    return at + count


@compile_helper
def _write_digits(digits, count, letters, at):
    """Write the digits of a whole number, the last one first; return where they end."""
    for position in range(at + count - 1, at - 1, -1):
        rest = digits // _TEN
        letters[position] = _DIGIT_ZERO + np.uint8(digits - _TEN * rest)
        digits = rest
    return at + count


@compile_helper
def _write_with_exponent(digits, count, exponent, letters, at):
    """Write a number as 1.25e-07; return where it ends."""
    end = _write_digits(digits, count, letters, at + 1)
    letters[at] = letters[at + 1]
    letters[at + 1] = _POINT
    end = end if count > 1 else at + 1
    letters[end] = _EXPONENT
    letters[end + 1] = _PLUS if exponent >= 0 else _MINUS
    size = abs(exponent)
    return _write_digits(np.uint64(size), 3 if size > 99 else 2, letters, end + 2)


@compile_helper
def _count_digits(digits):
    """Return how many digits a whole number has; zero has one."""
    count, power = 1, _TEN
    # No number has more than 17 digits, so that the power stays below 2 ** 64.
    while digits >= power:
        power *= _TEN
        count += 1
    return count


@compile_helper
def _find_shortest(significand, exponent):
    """Return the shortest digits of a number that is not zero, and the power of ten that they count.

    Of all decimals that are read back as this number those of fewest digits are taken, and of them the nearest. They
    lie between the middles to its two neighbors, which count as its own where its last bit is 0. All is multiplied by
    four and by a power of ten, so that only whole numbers are compared; names are those of the paper.
    """
    is_power_of_two = significand == _ZERO and exponent > 1
    if exponent != 0:
        c, q = significand | np.uint64(1 << _SIGNIFICAND_BITS), exponent - _BIAS
        if -_SIGNIFICAND_BITS <= q <= 0 and c & ((_ONE << np.uint64(-q)) - _ONE) == _ZERO:
            return c >> np.uint64(-q), 0
    else:
        c, q = significand, 1 - _BIAS
    odd = c & _ONE
    # Below a power of two the numbers lie twice as close.
    k = (q * 1262611 - (524031 if is_power_of_two else 0)) >> 22
    h = np.uint64(q + ((-k * 1741647) >> 19) + 1)
    high, low = _POWERS[-k - _FIRST_POWER, 0], _POWERS[-k - _FIRST_POWER, 1]
    lower = _round_to_odd(high, low, (_FOUR * c - (_ONE if is_power_of_two else _TWO)) << h) + odd
    middle = _round_to_odd(high, low, (_FOUR * c) << h)
    upper = _round_to_odd(high, low, (_FOUR * c + _TWO) << h) - odd
    s = middle // _FOUR
    if s >= _TEN:
        shorter = s // _TEN
        is_down_inside, is_up_inside = lower <= _FORTY * shorter, _FORTY * shorter + _FORTY <= upper
        if is_down_inside != is_up_inside:
            return shorter + (_ONE if is_up_inside else _ZERO), k + 1
    is_down_inside, is_up_inside = lower <= _FOUR * s, _FOUR * s + _FOUR <= upper
    if is_down_inside != is_up_inside:
        return s + (_ONE if is_up_inside else _ZERO), k
    half = _FOUR * s + _TWO
    is_nearer_up = middle > half or (middle == half and s & _ONE == _ONE)
    return s + (_ONE if is_nearer_up else _ZERO), k


@inline_helper
def _round_to_odd(high, low, factor):
    """Return the highest 64 bits of a product of 128 bits and 64, the last one set where something was cut off."""
    low_high, _ = _multiply(low, factor)
    high_high, high_low = _multiply(high, factor)
    total = high_low + low_high
    carry = _ONE if total < high_low else _ZERO
    return (high_high + carry) | (_ONE if total > _ONE else _ZERO)


@compile_helper
def _multiply(a, b):
    """Return the product of two numbers of 64 bits: high and low half."""
    a_high, a_low, b_high, b_low = a >> _HALF, a & _LOW_HALF, b >> _HALF, b & _LOW_HALF
    low, cross = a_low * b_low, a_high * b_low
    middle = a_low * b_high + (cross & _LOW_HALF) + (low >> _HALF)
    return a_high * b_high + (cross >> _HALF) + (middle >> _HALF), a * b
