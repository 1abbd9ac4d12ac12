from enum import Enum, IntEnum, StrEnum, auto, unique

class A(Enum):
    RELU = "relu"
    TANH = "tanh"
    def apply(self, x):
        return max(x, 0) if self is A.RELU else x
    @property
    def nice(self): return self.value.title()
    @classmethod
    def default(cls): return cls.RELU
    @staticmethod
    def known(x): return x in ("relu", "tanh")
    def __str__(self): return f"<{self.name}>"
print(A.RELU.apply(-1), A.TANH.apply(-1), A.RELU.nice, A.default(), A.known("relu"), str(A.TANH), [a.name for a in A], A("relu").value, A["TANH"], repr(A.RELU), len(A), A.RELU in A, f"{A.RELU}")

class P(Enum):
    EARTH = (5.97e24, 6.37e6)
    MARS = (6.4e23, 3.39e6)
    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius
    @property
    def g(self): return 6.67e-11 * self.mass / self.radius ** 2
print(P.EARTH.mass, P.MARS.g, P.EARTH.value)
class L(IntEnum):
    LOW = 1
    HIGH = 3
    def next(self): return L.HIGH
print(L.LOW.next(), L.LOW < L.HIGH, L.LOW + 1, L.HIGH.name)

class Kind(Enum):
    A = auto()
    B = auto()
    def __call__(self, x): return x * self.value
print(Kind.A(3), Kind.B(3), Kind.B.value)

@unique
class Op(Enum):
    ADD = ("+", lambda a, b: a + b)
    MUL = ("*", lambda a, b: a * b)
    def __init__(self, sign, run):
        self.sign = sign
        self.run = run
        self._cache = 0
    def __call__(self, a, b):
        self._cache += 1
        return self.run(a, b)
    @classmethod
    def of(cls, sign):
        for each in cls:
            if each.sign == sign: return each
        raise ValueError(sign)
    @classmethod
    def _missing_(cls, value):
        return cls.ADD
print(Op.ADD(1, 2), Op.of("*")(3, 4), Op.ADD._cache, Op.of("+").name, Op("nothing"), list(Op.__members__), Op.ADD.name, Op.MUL.value[0], Op.ADD == Op.ADD, Op.ADD is Op["ADD"], hash(Op.ADD) == hash(Op.ADD), {Op.ADD: 1}[Op.ADD], isinstance(Op.ADD, Op), Op.ADD in list(Op))

class Color(Enum):
    RED = 1
    GREEN = 2
    def __lt__(self, o): return self.value < o.value
    @property
    def hex(self): return {"RED": "f00"}.get(self.name, "0f0")
    @staticmethod
    def parse(t): return Color[t.upper()]
print(sorted([Color.GREEN, Color.RED]), Color.RED.hex, Color.parse("green"), [c.hex for c in Color], repr(Color), str(Color.RED), f"{Color.RED.value:>3}")
try: Color(7)
except ValueError as e: print(e)
try: Color.BLUE
except AttributeError as e: print(type(e).__name__)
try: Color.RED.nope
except AttributeError as e: print(e)
try: Color.RED.value = 3
except AttributeError as e: print("no")

class Base(Enum):
    def describe(self): return self.name.lower() + str(self.value)
class Kid(Base):
    A = 1
    B = 2
    def describe(self): return "kid " + super().describe()
print(Kid.A.describe(), [k.describe() for k in Kid])

class Level(IntEnum):
    LOW = auto()
    HIGH = auto()
    @classmethod
    def top(cls): return max(cls)
    def __str__(self): return self.name.title()
class Name(StrEnum):
    A = auto()
    def up(self): return self.upper()
print(Level.top(), Level.LOW + 1, [1, 2, 3][Level.LOW], Level.HIGH > Level.LOW, Name.A.up(), Name.A, Level(2).name, Level.LOW ** 2)

class Planet(Enum):
    def __new__(cls, value, mass):
        obj = object.__new__(cls)
        obj._value_ = value
        obj.mass = mass
        return obj
    A = (1, 2.5)
    B = (2, 3.5)
print(Planet(1).mass, Planet.B.value, Planet.B.mass)
