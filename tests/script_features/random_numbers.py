# NumPy's random numbers: each way to draw them, old and new, with sizes given by place and by name.
import numpy as np


def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__


np.random.seed(3)
print(np.random.rand(2), np.random.randn(1, 2), np.random.randint(5, size=3), np.random.randint(2, 9, (2,)), np.random.rand())
print(np.random.random(2), np.random.random_sample((1, 2)), np.random.normal(1, 2, 2))
print(np.random.uniform(0, 1, 2), np.random.uniform(size=1), np.random.standard_normal(2), np.random.binomial(5, 0.5, 3))
print(np.random.choice(5, 2), np.random.choice([1, 2, 3], size=2, replace=False), np.random.choice(3, 4, p=[0.5, 0.5, 0]))
print(np.random.permutation(4), np.random.permutation([3, 1]), np.random.exponential(2, 1), np.random.poisson(3, 2))
print(np.random.beta(1, 2, 1), np.random.gamma(2, 1, 1), np.random.laplace(0, 1, 1), np.random.logistic(0, 1, 1), np.random.lognormal(0, 1, 1))
print(np.random.multinomial(4, [0.5, 0.5], 2), np.random.multivariate_normal([0, 0], [[1, 0], [0, 1]], 1), np.random.dirichlet([1, 1], 1))
print(np.random.triangular(0, 1, 2, 1), np.random.geometric(0.5, 2), np.random.chisquare(2, 1), np.random.hypergeometric(3, 2, 2, 2))
print(np.random.gumbel(0, 1, 1), np.random.rayleigh(1, 1), np.random.weibull(2, 1), np.random.pareto(2, 1), np.random.power(2, 1))
print(np.random.standard_exponential(1), np.random.standard_cauchy(1), np.random.standard_gamma(2, 1), np.random.standard_t(3, 1))
print(np.random.vonmises(0, 1, 1), np.random.wald(1, 1, 1), np.random.f(2, 2, 1), np.random.zipf(3, 2), np.random.logseries(0.5, 2))
print(np.random.negative_binomial(2, 0.5, 2), np.random.noncentral_chisquare(2, 1, 1), np.random.bytes(3))
cards, table = [1, 2, 3, 4], np.arange(6).reshape(3, 2)
np.random.shuffle(cards)
np.random.shuffle(table)
print(cards, table)
state = np.random.get_state()
first = np.random.rand(2)
np.random.set_state(state)
print(np.array_equal(first, np.random.rand(2)))
old = np.random.RandomState(5)
print(old.rand(2), old.randn(2), old.randint(0, 9, 3), old.permutation(3), old.choice([4, 5], 3), old.normal(size=(1, 2)), old.uniform(1, 2))

new = np.random.default_rng(5)
print(new.random(2), new.random((1, 2)), new.integers(5), new.integers(2, 9, 3), new.integers(1, 3, endpoint=True), new.normal(0, 1, (1, 2)))
print(new.standard_normal(2), new.standard_normal(size=(1, 1)), new.uniform(0, 2, 2), new.choice(5, 3, replace=False), new.choice([[1, 2], [3, 4]], 1))
print(new.permutation(4), new.permutation([[1, 2], [3, 4]]), new.permuted([1, 2, 3]), new.exponential(1, 2), new.binomial(3, 0.5, 2))
print(new.multivariate_normal([0, 1], np.eye(2), 2), new.poisson(2, 2), new.gamma(1, 2, 1), new.beta(1, 1, 1), new.laplace(size=1))
values = np.arange(4)
new.shuffle(values)
print(values, [child.random() for child in new.spawn(2)], np.random.Generator(np.random.PCG64(3)).random())
print(tried(np.random.choice, [], 2), tried(np.random.rand, -1), tried(new.integers, 5, 2), tried(new.random, (-1,)), tried(np.random.normal, 0, -1))

np.random.seed(5)
print(np.random.ranf(), np.random.sample(2), np.random.ranf((1, 2)))
