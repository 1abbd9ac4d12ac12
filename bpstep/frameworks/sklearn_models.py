"""Estimators of scikit-learn, read by their attributes; scikit-learn itself is never imported."""

from __future__ import annotations

from typing import Any

import numpy as np

from bpstep.errors import BpstepError
from bpstep.frameworks import messages
from bpstep.frameworks.chain import ActivationLayer, ChainLayer, Linear
from bpstep.model.network import OLDER_GENERATOR, Network
from bpstep.text import fill

_ESTIMATORS = ("MLPClassifier", "MLPRegressor", "LogisticRegression")

_ACTIVATIONS = {"logistic": "sigmoid", "softmax": "softmax", "identity": "identity"}


def is_estimator(model: object) -> bool:
    """True for an estimator that is a network; LogisticRegressionCV has several penalties and is none."""
    return (hasattr(model, "C") or hasattr(model, "alpha")) and any(
        kind.__name__ in _ESTIMATORS and kind.__module__.startswith("sklearn.")
        for kind in type(model).__mro__
    )


def read_estimator(model: Any) -> list[ChainLayer]:
    """The layers of an estimator. BpstepError if it is not fitted yet."""
    kind = type(model).__name__
    if not hasattr(model, "coef_" if hasattr(model, "C") else "coefs_"):
        raise BpstepError(fill(messages.NOT_FITTED, kind=kind))
    if hasattr(model, "C"):
        weights = np.array(model.coef_, dtype=np.float64).T.copy()
        bias = np.array(model.intercept_, dtype=np.float64) if model.fit_intercept else None
        return [Linear(weights, bias), ActivationLayer("sigmoid" if weights.shape[1] == 1 else "softmax")]
    if getattr(model, "loss", "") == "poisson":
        slots = {"setting": "loss", "value": "poisson", "expected": "squared_error"}
        raise BpstepError(fill(messages.UNKNOWN_SETTING, place=kind, kind=kind, **slots))
    hidden = "sigmoid" if model.activation == "logistic" else model.activation
    chain: list[ChainLayer] = []
    for weights, bias in zip(model.coefs_, model.intercepts_):
        chain.append(Linear(np.array(weights, dtype=np.float64), np.array(bias, dtype=np.float64)))
        chain.append(ActivationLayer(hidden))
    return [*chain[:-1], ActivationLayer(_ACTIVATIONS[model.out_activation_])]


def settings(model: Any, samples: int, batch_size: int | None = None) -> dict[str, Any]:
    """What the estimator minimises, and how, in the terms of a network file.

    `batch_size` is the user's choice.
    """
    if hasattr(model, "C"):
        loss = "binary_cross_entropy" if model.coef_.shape[0] == 1 else "cross_entropy"
        return {"loss": loss, "reduction": "sum", "l2": (1 - _l1_part(model)) * _penalty(model)}
    losses = {"logistic": "binary_cross_entropy", "softmax": "cross_entropy"}
    size = _batch_size(model, samples) if batch_size is None else batch_size
    found: dict[str, Any] = {
        "loss": losses.get(model.out_activation_, "half_squared_error"),
        "batch_size": size,
        "l2": float(model.alpha),
        "l2_reduction": "mean",
        "learning_rate": float(model.learning_rate_init),
    }
    if size and model.solver != "lbfgs" and model.shuffle and _has_seed(model):
        found["shuffle"] = {"seed": int(model.random_state), "generator": OLDER_GENERATOR}
    if model.solver == "adam":
        options = {"beta1": model.beta_1, "beta2": model.beta_2, "epsilon_hat": model.epsilon}
        return {**found, "optimizer": "adam", "optimizer_options": options}
    if model.solver == "sgd" and model.momentum > 0:
        rule = "nesterov" if model.nesterovs_momentum else "momentum"
        return {**found, "optimizer": rule, "optimizer_options": {"momentum": float(model.momentum)}}
    return found


def _penalty(model: Any) -> float:
    """The strength of a logistic regression's penalty: the inverse of C."""
    return 0.0 if model.penalty is None else 1 / float(model.C)


def _l1_part(model: Any) -> float:
    """The share of the penalty that is l1: from the older setting `penalty`, or from `l1_ratio`."""
    by_name = {"l1": 1.0, "l2": 0.0}
    return by_name.get(model.penalty, float(model.l1_ratio or 0))


def _has_seed(model: Any) -> bool:
    """True if a number seeds the order of the samples: without one, each run has another."""
    return isinstance(model.random_state, int | np.integer)


def _batch_size(model: Any, samples: int) -> int:
    """How many samples the estimator trains on at once; 0 for all."""
    if model.solver == "lbfgs":
        return 0
    size = min(200, samples) if model.batch_size == "auto" else min(int(model.batch_size), samples)
    return 0 if size == samples else size


def settings_not_read(model: Any, network: Network) -> tuple[str, ...]:
    """Settings of the estimator that make its training differ from the network's."""
    found = []
    if hasattr(model, "C"):
        if _penalty(model) and _l1_part(model):
            found.append('penalty="l1"' if _l1_part(model) == 1 else f"l1_ratio={model.l1_ratio:g}")
        if model.class_weight is not None:
            found.append("class_weight")
        if model.solver == "liblinear" and model.fit_intercept and _penalty(model):
            found.append('the bias in the penalty of solver="liblinear"')
        return tuple(found)
    if model.early_stopping:
        found.append("early_stopping=True")
    if model.solver == "lbfgs":
        found.append('solver="lbfgs"')
    if model.solver == "sgd" and model.learning_rate != "constant":
        found.append(f'learning_rate="{model.learning_rate}"')
    if model.solver != "lbfgs" and model.shuffle and network.batch_size and not network.shuffle:
        found.append("shuffle=True")
    return tuple(found)


def classes(model: Any) -> list[Any] | None:
    """The classes of an estimator, in the order of its outputs; None for a regressor."""
    found = getattr(model, "classes_", None)
    return None if found is None else list(np.asarray(found).tolist())
