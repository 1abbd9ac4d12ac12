import csv
import json
import os
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "flowers.csv")) as f:
    reader = csv.reader(f)
    head = next(reader)
    rows = [r for r in reader]
table = np.array(rows)
X = table[:, :-1].astype(float)
kinds = sorted(set(table[:, -1]))
y = np.array([kinds.index(k) for k in table[:, -1]])
again = np.genfromtxt(os.path.join(here, "flowers.csv"), delimiter=",", skip_header=1, usecols=(0, 1))
assert np.allclose(again, X[:, :2])
with open(os.path.join(here, "flowers.csv"), "r") as f:
    lines = [line.strip().split(",") for line in f.readlines()[1:]]
numbers = [[float(v) for v in line[:2]] for line in lines]
try:
    settings = json.loads('{"lr": 0.3, "epochs"')
except json.JSONDecodeError:
    settings = json.loads('{"lr": 0.3, "epochs": 15}')
X = (X - X.mean(0)) / X.std(0)
W = np.zeros((X.shape[1], len(kinds)))
b = np.zeros(len(kinds))
for epoch in range(settings["epochs"]):
    z = X @ W + b
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[range(len(y)), y] -= 1
    W -= settings["lr"] * X.T @ p / len(y)
    b -= settings["lr"] * p.mean(0)
with open("/tmp/never_written.txt", "w") as out:
    out.write("weights\n")
print(head, kinds, len(numbers), os.path.exists(os.path.join(here, "flowers.csv")), (X @ W + b).argmax(1))
