from fractions import Fraction
a = Fraction(1, 3); b = Fraction("0.25")
print(a + b, a * b, a / b, a - b, a ** 2, -a, abs(-a), a > b, a == Fraction(2, 6), float(a), int(Fraction(7, 2)), round(Fraction(7, 2)), a.numerator, a.denominator, repr(a), a + 1, 1 - a, a * 0.5, Fraction(0.5), Fraction(3), a // b, a % b, sum([a, b], Fraction(0)), hash(a) == hash(Fraction(1, 3)), a.limit_denominator(10), f"{a}", str(a), Fraction(1, 3) in [a], divmod(Fraction(7, 2), 1), bool(Fraction(0)))

from fractions import Fraction
try: Fraction(1, 0)
except ZeroDivisionError as e: print(e)
try: Fraction("x")
except ValueError as e: print(e)
import math
print(math.floor(Fraction(7, 2)), math.ceil(Fraction(7, 2)), max(Fraction(1,2), Fraction(1,3)), isinstance(Fraction(1), Fraction), Fraction(1.5).as_integer_ratio())

from fractions import Fraction
x = Fraction(3, 4)
for i in range(3): x = x * (1 - x)
print(x, float(x), x.limit_denominator(100), x < 1, -x, x ** -1, x ** 0.5, Fraction("3/7"), Fraction(" -1.5e2 "), Fraction(1, 3) + 0.5, round(Fraction(22, 7), 3), [Fraction(1, 2)] * 2, {Fraction(1, 2): 1}[Fraction(2, 4)], type(x).__name__, isinstance(x + 1, Fraction), str(3 * x), Fraction(Fraction(1, 2), 3), "%.3f" % x, int(x), Fraction(1, 2) != 0.5)
import copy
print(copy.deepcopy(x) == x, sorted([Fraction(1, 2), Fraction(1, 3)]), max(Fraction(1, 2), 0.7), sum(Fraction(1, n) for n in range(1, 6)))
try: Fraction(1.5, 2)
except TypeError as e: print(e)

import numpy as np
from fractions import Fraction
from decimal import Decimal
a = np.array([Fraction(1, 2), Fraction(1, 3)])
print(a.sum(), a * 2, float(a[0]), np.float64(Fraction(1, 4)), np.array([Decimal("1.5")]).astype(float))

from decimal import Decimal, ROUND_HALF_UP, InvalidOperation
d = Decimal("12.345")
print(d.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP), d.to_integral_value(), d % 5, d // 5, divmod(d, 5), 1 / d, -d, +d, d == 12.345, d > 12, Decimal("1e-7"), Decimal("Infinity"), Decimal("-0"), type(d + 1).__name__, isinstance(d * 2, Decimal), f"{d:>10.1f}|{d:,}|{d}", "%.2f" % d, float(d), round(d), round(d, 1), sum([d, d], Decimal(0)), [d], {d: 1}[Decimal("12.3450")], d.is_zero(), d.copy_abs(), d.adjusted(), abs(Decimal(-2)), Decimal(10) ** 3, Decimal(2) ** Decimal("0.5"), d.max(Decimal(20)), d.compare(Decimal(1)))
try: Decimal("x")
except InvalidOperation as e: print(type(e).__name__)
try: Decimal(1) / 0
except ZeroDivisionError as e: print(type(e).__name__)

from decimal import Decimal
a = Decimal("0.1"); b = Decimal("0.2")
print(a + b, a * b, a / 3, b - a, a ** 2, -a, abs(-a), a < b, a + b == Decimal("0.3"), float(a), int(Decimal("3.7")), round(Decimal("3.765"), 2), repr(a), a + 1, 2 * a, Decimal(3), Decimal(0.5), a // b, b % a, sum([a, b]), f"{a:.3f}", str(a), a.quantize(Decimal("0.01")), a.sqrt(), a.exp(), Decimal("1E+3"), Decimal(2).ln(), hash(a) == hash(Decimal("0.10")), max(a, b), Decimal("NaN").is_nan(), a.as_tuple().digits, Decimal("1.50").normalize())

print(2 ** Fraction(3), type(2 ** Fraction(3)).__name__, 2 ** Fraction(-3), 2 ** Fraction(1, 2), 0.5 ** Fraction(2), True ** Fraction(2), np.int64(3) ** Fraction(2), round(Fraction(12345, 7), -2))
