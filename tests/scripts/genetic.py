import random
import numpy as np

random.seed(13)
np.random.seed(13)


class Creature(object):
    def __init__(self, genes=None):
        self.genes = np.random.uniform(-1, 1, 7) if genes is None else genes
        self.fitness = 0

    def __lt__(self, other):
        return self.fitness < other.fitness

    def act(self, x):
        h = np.tanh(x * self.genes[:3] + self.genes[3:6])
        return float(h.sum() * self.genes[6])

    def mix(self, other):
        cut = random.randint(1, 5)
        child = np.concatenate((self.genes[:cut], other.genes[cut:]))
        if random.random() < 0.5:
            child[random.randrange(7)] += random.gauss(0, 0.3)
        return Creature(child)


crowd = [Creature() for _ in range(12)]
for generation in range(8):
    for c in crowd:
        c.fitness = -sum((c.act(x) - np.sin(x)) ** 2 for x in np.linspace(-2, 2, 9))
    crowd.sort(reverse=True)
    parents = crowd[:4]
    crowd = parents + [random.choice(parents).mix(random.sample(parents, 1)[0]) for _ in range(8)]
    print(generation, "%.5f" % parents[0].fitness)
random.shuffle(crowd)
best = max(crowd)
