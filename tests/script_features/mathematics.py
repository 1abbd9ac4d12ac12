# Functions of modules about numbers, with errors as Python has them.
import cmath
import heapq
import math
import operator
import random
import statistics
import string
import struct


def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__


print([math.factorial(number) for number in (0, 1, 5, 30)], tried(math.factorial, -1), tried(math.factorial, 1.5))
print(math.comb(5, 2), math.comb(2, 5), math.comb(40, 20), tried(math.comb, -1, 2), math.comb(7, 0))
print(math.perm(5, 2), math.perm(5), math.perm(2, 5), tried(math.perm, 2, -1), math.perm(4, None))
print(math.lcm(), math.lcm(4), math.lcm(4, 6), math.lcm(4, 6, 10), math.lcm(0, 3), tried(math.lcm, 1.5))
print(math.gcd(12, 18), math.isqrt(17), math.fsum([0.1] * 10), math.dist([0, 0], [3, 4]), math.prod([2, 3], start=4))
print(math.pow(2, 3), math.hypot(3, 4), math.fmod(-7, 3), math.remainder(7, 4), math.copysign(2, -0.0))
print(math.frexp(8.0), math.modf(2.5), math.ldexp(0.5, 4), math.trunc(-2.7), math.floor(-2.5), math.ceil(-2.5))
print(math.isclose(1, 1 + 1e-12), math.isfinite(math.inf), math.isinf(-math.inf), math.tau, math.e, math.nextafter(1, 2))
print(math.log(8, 2), math.log2(8), math.log10(1000), math.log1p(0.5), math.expm1(0.5), math.erf(0.5), math.erfc(0.5))
print(math.sin(1), math.cos(1), math.tan(1), math.asin(0.5), math.acos(0.5), math.atan(2), math.atan2(1, -1))
print(math.sinh(1), math.cosh(1), math.tanh(1), math.asinh(1), math.acosh(2), math.atanh(0.5), math.gamma(5), math.lgamma(5))
print(math.degrees(math.pi), math.radians(180), math.fabs(-3), math.ulp(1.0), math.cbrt(27), math.exp2(3))
print(cmath.sqrt(-1), cmath.phase(-1), cmath.polar(1j), cmath.rect(2, 0), cmath.exp(0), cmath.log(1j))

print(operator.add(1, 2), operator.sub(1, 2), operator.mul(3, 2), operator.truediv(1, 2), operator.floordiv(7, 2))
print(operator.mod(7, 4), operator.pow(2, 5), operator.neg(3), operator.getitem([4, 5], 1), operator.getitem({"a": 6}, "a"))
print([getattr(operator, name)(1, 2) for name in ("eq", "ne", "lt", "le", "gt", "ge")])
print([getattr(operator, name)(2, 2) for name in ("eq", "ne", "lt", "le", "gt", "ge")])
pairs = [(2, "b"), (1, "c"), (3, "a")]
print(sorted(pairs, key=operator.itemgetter(1)), operator.itemgetter(1, 0)(pairs[0]), tried(operator.itemgetter(5), pairs))


class Inner:
    rate = 0.5


class Outer:
    inner = Inner()
    size = 3


print(operator.attrgetter("size")(Outer), operator.attrgetter("inner.rate")(Outer), tried(operator.attrgetter("no"), Outer))

numbers = [3, 1, 4, 1, 5]
print(statistics.mean(numbers), statistics.median(numbers), statistics.mode(numbers), statistics.fmean(numbers))
print(statistics.stdev(numbers), statistics.variance(numbers), statistics.pstdev(numbers), statistics.pvariance(numbers))
heap = numbers[:]
heapq.heapify(heap)
heapq.heappush(heap, 0)
print(heapq.heappop(heap), heap, heapq.heappushpop(heap, 2), heapq.nlargest(2, numbers), heapq.nsmallest(2, numbers))
print(string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation, repr(string.whitespace))
print(struct.unpack("<ih", b"\x01\x00\x00\x00\x02\x00"), struct.calcsize("<ihd"), tried(struct.unpack, "<i", b"1"))

random.seed(7)
print(random.random(), random.randrange(10), random.randrange(2, 20, 3), random.choices("abc", k=3))
print(random.choices([1, 2], weights=[1, 9], k=4), random.normalvariate(1, 2), random.expovariate(2), random.triangular(0, 2, 1))
own = random.Random(3)
print(own.random(), own.randint(1, 6), own.sample([1, 2, 3], 2), own.gauss(0, 1), random.Random(3).random())
state = random.getstate()
first = random.random()
random.setstate(state)
print(first == random.random())
print(random.getrandbits(8), own.getrandbits(4), random.betavariate(1, 2), random.gammavariate(1, 2), random.lognormvariate(0, 1))
print(random.paretovariate(2), random.weibullvariate(1, 2), random.vonmisesvariate(0, 1), random.choices([1, 2], cum_weights=[1, 3], k=2))
