import helpers_here
import helpers_here as hh
from helpers_here import *
from helpers_here import Timer as Clock
from numpy import array, dot, random, ones
from math import *

X = array([[0, 0], [0, 1], [1, 0], [1, 1]])
Y = array([[0], [1], [1], [0]])
W1, W2 = init(2, 4, seed=2), hh.init(4, 1)
hh.SCALE = 2
watch = Clock()


def main():
    global W1, W2
    for i in range(50):
        A = sigmoid(dot(X, W1))
        O = helpers_here.sigmoid(dot(A, W2))
        dO = (O - Y) * O * (1 - O)
        dA = dot(dO, W2.T) * A * (1 - A)
        W2 = W2 - dot(A.T, dO)
        W1 = W1 - dot(X.T, dA)
        watch.tick()
    return O


if __name__ == "__main__":
    result = main()
    print(result.round(4).tolist(), Clock.ticks, init(1, 1), sqrt(2) + floor(pi), exp(1))
