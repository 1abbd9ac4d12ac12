"""Reverse mode on single numbers, in the style of teaching engines."""

import random

random.seed(11)


class Num:
    def __init__(self, data, parents=(), op=""):
        self.data = data
        self.grad = 0.0
        self._parents = set(parents)
        self._backward = lambda: None
        self.op = op

    def __add__(self, other):
        other = other if isinstance(other, Num) else Num(other)
        made = Num(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += made.grad
            other.grad += made.grad

        made._backward = _backward
        return made

    def __mul__(self, other):
        other = other if isinstance(other, Num) else Num(other)
        made = Num(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * made.grad
            other.grad += self.data * made.grad

        made._backward = _backward
        return made

    def __pow__(self, power):
        assert isinstance(power, (int, float)), "only numbers"
        made = Num(self.data**power, (self,), f"**{power}")

        def _backward():
            self.grad += power * self.data ** (power - 1) * made.grad

        made._backward = _backward
        return made

    def relu(self):
        made = Num(0 if self.data < 0 else self.data, (self,), "relu")

        def _backward():
            self.grad += (made.data > 0) * made.grad

        made._backward = _backward
        return made

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rmul__(self, other):
        return self * other

    def __repr__(self):
        return f"Num(data={self.data:.5f}, grad={self.grad:.5f})"

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in sorted(node._parents, key=lambda p: p.data):
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1
        for node in reversed(order):
            node._backward()


class Unit:
    def __init__(self, n):
        self.w = [Num(random.uniform(-1, 1)) for _ in range(n)]
        self.b = Num(0)

    def __call__(self, x):
        return (sum((wi * xi for wi, xi in zip(self.w, x)), self.b)).relu()

    def parameters(self):
        return self.w + [self.b]


units = [Unit(2) for _ in range(4)]
last = [Num(random.uniform(-1, 1)) for _ in units]
points = [([1.0, 2.0], 1.0), ([-1.0, 0.5], -1.0), ([0.5, -1.5], 1.0)]
for k in range(12):
    total = sum(((sum(a * u(x) for a, u in zip(last, units)) - t) ** 2 for x, t in points), Num(0))
    params = [p for u in units for p in u.parameters()] + last
    for p in params:
        p.grad = 0.0
    total.backward()
    for p in params:
        p.data -= 0.02 * p.grad
    print(k, round(total.data, 9))
print(units[0].w, last[0])
