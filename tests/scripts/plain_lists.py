# no numpy at all: lists, loops and math
import math
import random

random.seed(5)
rows = [[0.1, 0.9], [0.8, 0.2], [0.9, 0.9], [0.2, 0.1]]
wanted = [1, 1, 0, 0]
hidden = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(4)]
out = [random.uniform(-1, 1) for _ in range(5)]


def squash(t):
    return 1.0 / (1.0 + math.exp(-t))


for turn in range(120):
    error = 0.0
    for row, want in zip(rows, wanted):
        with_bias = row + [1.0]
        h = [squash(sum(w * v for w, v in zip(unit, with_bias))) for unit in hidden] + [1.0]
        y = squash(sum(w * v for w, v in zip(out, h)))
        error += (want - y) ** 2 / 2
        slope = (y - want) * y * (1 - y)
        back = [slope * out[j] * h[j] * (1 - h[j]) for j in range(4)]
        for j in range(len(out)):
            out[j] -= 0.7 * slope * h[j]
        for j, unit in enumerate(hidden):
            for k in range(3):
                unit[k] -= 0.7 * back[j] * with_bias[k]
    if turn % 40 == 0:
        print("turn {:3d} error {:.6f}".format(turn, error))
else:
    print("done", turn)
