# no gradients: a perceptron, then a Hopfield memory
import numpy as np

X = np.array([[2, 1], [1, 3], [-1, -1], [-2, 1]])
y = np.array([1, 1, -1, -1])
w, b, n = np.zeros(2), 0, 0
changed = True
while changed:
    changed = False
    for xi, yi in zip(X, y):
        if yi * (np.dot(w, xi) + b) <= 0:
            w, b, n, changed = w + yi * xi, b + yi, n + 1, True
print(w, b, n)
patterns = np.array([[1, -1, 1, -1], [1, 1, -1, -1]])
M = sum(np.outer(p, p) for p in patterns) - len(patterns) * np.eye(4)
state = np.array([1, -1, -1, -1])
for _ in range(5):
    for i in range(4):
        state[i] = 1 if M[i] @ state >= 0 else -1
print(state, M.astype(int).tolist())
