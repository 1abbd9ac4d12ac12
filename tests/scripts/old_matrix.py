# np.matrix, '*' is the matrix product
import numpy as np

X = np.matrix("1 0 0; 1 0 1; 1 1 0; 1 1 1")
y = np.matrix([0, 1, 1, 1]).T
theta = np.matrix(np.zeros(3)).T


def hyp(t):
    return 1 / (1 + np.exp(-X * t))


for i in range(30):
    theta = theta - 0.5 * X.T * (hyp(theta) - y) / len(y)
print(theta, theta.shape, type(theta).__name__, np.multiply(theta, theta).sum(), theta[1, 0], theta.A1)
