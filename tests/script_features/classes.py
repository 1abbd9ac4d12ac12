# Classes inherit, override and have properties.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

class A:
    made = 0
    def __init__(self, x=1):
        self.x = x
        A.made += 1
    def double(self):
        return 2 * self.x
    @property
    def half(self):
        return self.x / 2
    @half.setter
    def half(self, value):
        self.x = 2 * value
    @staticmethod
    def plain(y):
        return y + 1
    @classmethod
    def of(cls, x):
        return cls(x)
    def __repr__(self):
        return f"{type(self).__name__}({self.x})"
class B(A):
    def __init__(self, x):
        super().__init__(x + 1)
    def double(self):
        return super().double() + 100
b = B.of(3)
print(b, A(), b.double(), b.half, A.made, B.made)
b.half = 10
print(b.x, A.plain(1), b.plain(2), isinstance(b, A), issubclass(A, B), type(b) is B)
print(tried(getattr, b, "nothing"), getattr(b, "nothing", 7), hasattr(b, "x"), hasattr(A, "x"))
b.new = 1
B.shared = 2
print(sorted(vars(b)), b.shared, A.__name__, B.__mro__[1] is A)
method = A.double
print(method(A(4)), A(5).double(), B.double(b))
del b.new
print(hasattr(b, "new"), tried(lambda: b.new))
class Meta:
    def __getattr__(self, name):
        return name.upper()
print(Meta().anything)
class Hidden:
    def __secret(self):
        return 1
    def open__(self):
        return self.__secret() + 1
print(Hidden().open__(), hasattr(Hidden(), "_Hidden__secret"))
class Net:
    __layers__ = 2
    def __forward__(self, x):
        return x * self.__layers__
    def run(self, x):
        return self.__forward__(x)
print(Net().run(3), Net().__forward__(4), Net.__layers__, hasattr(Net, "__forward__"), hasattr(Net(), "__back__"))
