"""Backpropagation written by hand, sharing nothing with bpstep: an oracle for the built-in networks."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


FUNCTIONS = {"sigmoid": sigmoid, "tanh": np.tanh, "softmax": softmax}
SLOPES = {"sigmoid": lambda y: y * (1 - y), "tanh": lambda y: 1 - y * y}


def outputs(layers, data):
    """The output of each layer, the data first. `layers` are lists [weights, bias, activation]."""
    given = [data]
    for weights, bias, activation in layers:
        given.append(FUNCTIONS[activation](given[-1] @ weights + bias))
    return given


def gradients(network, layers, data, labels):
    """The gradient of E by weights and bias, for each layer."""
    given = outputs(layers, data)
    error = given[-1] - labels
    # Softmax with cross entropy: the slopes cancel, and the error is the gradient by net.
    if layers[-1][2] != "softmax":
        error = error * SLOPES[layers[-1][2]](given[-1])
    if network.reduction == "mean":
        error = error / len(data)
    found = []
    for k in reversed(range(len(layers))):
        found.insert(0, (given[k].T @ error, error.sum(axis=0)))
        if k:
            error = (error @ layers[k][0].T) * SLOPES[layers[k - 1][2]](given[k])
    return found


def batch(network, iteration):
    """The numbers of the samples of an iteration."""
    size = network.batch_size or network.samples
    each = int(np.ceil(network.samples / size))
    epoch, at = iteration // each, iteration % each
    order = np.arange(network.samples)
    if network.shuffle:
        order = np.random.default_rng([network.seed, epoch]).permutation(network.samples)
    return order[at * size : at * size + size]


class Rule:
    """How a parameter follows its gradients: sgd, momentum or adam, with their usual constants."""

    def __init__(self, network):
        self.name, self.rate = network.optimizer, network.learning_rate
        self.times, self.first, self.second = 0, 0, 0

    def step(self, parameter, gradient):
        self.times += 1
        if self.name == "sgd":
            return parameter - self.rate * gradient
        if self.name == "momentum":
            self.first = 0.9 * self.first + gradient
            return parameter - self.rate * self.first
        assert self.name == "adam"
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.999 * self.second + 0.001 * gradient**2
        first = self.first / (1 - 0.9**self.times)
        second = self.second / (1 - 0.999**self.times)
        return parameter - self.rate * first / (np.sqrt(second) + 1e-8)


def learn(network, iterations):
    """The layers [weights, bias, activation] after so many iterations; `network.program` is not looked at."""
    layers = [[layer.weights, layer.bias, layer.activation] for layer in network.layers]
    rules = [(Rule(network), Rule(network)) for _ in layers]
    for iteration in range(iterations):
        drawn = batch(network, iteration)
        found = gradients(network, layers, network.inputs[drawn], network.labels[drawn])
        for layer, rule, (by_weights, by_bias) in zip(layers, rules, found):
            layer[0] = rule[0].step(layer[0], by_weights)
            if network.update_biases:
                layer[1] = rule[1].step(layer[1], by_bias)
    return layers
