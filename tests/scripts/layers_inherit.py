import numpy as np
from abc import ABC, abstractmethod


class Layer(ABC):
    count = 0

    def __init__(self, name=None):
        Layer.count += 1
        self.name = name or f"{type(self).__name__.lower()}_{Layer.count}"
        self.__cache = None

    @abstractmethod
    def forward(self, x): ...

    @abstractmethod
    def backward(self, grad, lr): ...

    @property
    def cache(self):
        if self.__cache is None:
            raise ValueError("nothing kept in " + self.name)
        return self.__cache

    @cache.setter
    def cache(self, value):
        self.__cache = value

    @staticmethod
    def shape_text(a):
        return "x".join(map(str, a.shape))

    @classmethod
    def how_many(cls):
        return cls.count

    def __repr__(self):
        return "<%s>" % self.name


class Dense(Layer):
    def __init__(self, n_in, n_out, *, scale=0.5, **kwargs):
        super().__init__(**kwargs)
        self.W = np.random.normal(scale=scale, size=(n_out, n_in))
        self.b = np.zeros((n_out, 1))

    def forward(self, x):
        self.cache = x
        return self.W @ x + self.b

    def backward(self, grad, lr):
        x = self.cache
        dx = self.W.T @ grad
        self.W -= lr * grad @ x.T / x.shape[1]
        self.b -= lr * grad.mean(axis=1, keepdims=True)
        return dx


class Tanh(Layer):
    def forward(self, x):
        self.cache = y = np.tanh(x)
        return y

    def backward(self, grad, lr):
        return grad * (1 - self.cache**2)


class Net(list):
    def __call__(self, x):
        for layer in self:
            x = layer.forward(x)
        return x

    def fit(self, x, y, epochs, lr=0.1):
        history = []
        for e in range(epochs):
            out = self(x)
            history.append(float(((out - y) ** 2).mean()))
            grad = 2 * (out - y)
            for layer in self[::-1]:
                grad = layer.backward(grad, lr)
        return history


np.random.seed(42)
try:
    Tanh().backward(np.ones(2), 0.1)
except ValueError as err:
    print("refused:", err)
X = np.linspace(-1, 1, 20).reshape(1, -1)
Y = X**2
net = Net([Dense(1, 6), Tanh(), Dense(6, 1, scale=0.2, name="last")])
h = net.fit(X, Y, epochs=60)
print(net, Layer.how_many(), Layer.shape_text(net[0].W), "%.10f" % h[-1])
print(isinstance(net[0], Layer), issubclass(Tanh, Layer), hasattr(net, "fit"), getattr(net[1], "W", None))
