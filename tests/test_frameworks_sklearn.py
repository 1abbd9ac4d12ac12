"""Estimators of scikit-learn become networks that learn what they learn."""

import warnings

import numpy as np
import pytest
from documents import blocks, framework, page, wrong_answers

import bpstep
from bpstep.session.session import Session

pytest.importorskip("sklearn", reason="the extra 'oracle' is not installed")

from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

random = np.random.default_rng(4)
X = random.normal(size=(12, 3))
WORDS = np.array(["cat", "dog", "fish"])[random.integers(0, 3, 12)]
NUMBERS = random.normal(size=12)


def begun(model, y):
    """The estimator after a single epoch: it has weights, and its optimizer has begun anew after `fit`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y)


def learned(model, y, epochs):
    """The weights after this many epochs from the estimator's first ones, with its rule and its batches."""
    first = [*(weights.copy() for weights in model.coefs_), *(bias.copy() for bias in model.intercepts_)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.set_params(max_iter=epochs, warm_start=True).fit(X, y)
    return first, model.coefs_


@pytest.mark.parametrize("rule", ["sgd", "momentum", "nesterov", "adam"])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_ten_epochs_of_batches_are_those_of_the_estimator(kind, rule, alpha):
    y = WORDS if kind is MLPClassifier else NUMBERS
    model = begun(
        kind(
            hidden_layer_sizes=(4,),
            activation="tanh",
            solver="adam" if rule == "adam" else "sgd",
            # Large: else it makes no difference where it stands.
            epsilon=0.1,
            # The last batch of an epoch has two samples.
            batch_size=5,
            shuffle=False,
            learning_rate_init=0.05,
            momentum=0.0 if rule == "sgd" else 0.8,
            nesterovs_momentum=rule == "nesterov",
            alpha=alpha,
            max_iter=1,
            random_state=2,
        ),
        y,
    )
    network = bpstep.network(model, X, y)
    assert (network.optimizer, network.batch_size, network.l2) == (rule, 5, alpha)
    assert network.warnings == ()
    session = Session(network)
    _, wanted = learned(model, y, 10)
    session.goto(f"i{10 * 3}")
    for name, weights in zip(("W", "V"), wanted):
        np.testing.assert_allclose(session.frame.tensors[name], weights, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("batch_size", "alpha"), [(4, 0.5), (5, 0.5)])
def test_ten_shuffled_epochs_have_the_order_of_the_estimator(batch_size, alpha):
    """With a seed, `fit` goes on from the weights with the generator at its beginning."""
    rule = {"solver": "sgd", "batch_size": batch_size, "alpha": alpha, "random_state": 3}
    model = begun(MLPClassifier((4,), max_iter=1, shuffle=True, **rule), WORDS)
    network = bpstep.network(model, X, WORDS)
    assert network.warnings == ()
    session = Session(network)
    _, wanted = learned(model, WORDS, 10)
    session.goto(f"i{10 * -(-len(X) // batch_size)}")
    for name, weights in zip(("W", "V"), wanted):
        np.testing.assert_allclose(session.frame.tensors[name], weights, rtol=1e-10, atol=1e-10)


def test_the_classes_are_the_names_of_the_units():
    model = begun(MLPClassifier((4,), max_iter=1), WORDS)
    network = bpstep.network(model, X, WORDS)
    assert network.label_names == ("cat", "dog", "fish")
    assert network.loss == "cross_entropy"
    assert (network.l2, network.l2_reduction) == (model.alpha, "mean")
    session = Session(network)
    session.goto("Y")
    np.testing.assert_allclose(session.frame.tensors["Y"], model.predict_proba(X), rtol=1e-12)
    with pytest.raises(bpstep.BpstepError, match="the label cow is not a class"):
        bpstep.network(model, X, ["cow"] * 12)


def test_two_classes_have_one_unit():
    y = np.where(NUMBERS > 0, "yes", "no")
    for model in (begun(MLPClassifier((2,), max_iter=1), y), LogisticRegression().fit(X, y)):
        network = bpstep.network(model, X, y)
        assert (network.sizes[-1], network.label_names) == (1, ("yes",))
        session = Session(network)
        session.goto("Y")
        np.testing.assert_allclose(session.frame.tensors["Y"][:, 0], model.predict_proba(X)[:, 1], rtol=1e-12)


def test_a_logistic_regression_that_has_converged_has_no_gradient_left():
    model = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000).fit(X, WORDS)
    session = Session(bpstep.network(model, X, WORDS))
    session.goto("i1")
    assert np.abs(session.frame.tensors["delta_W1"]).max() < 1e-6
    assert bpstep.check(model, X, WORDS).ok


@pytest.mark.parametrize(
    ("settings", "l2", "told"),
    [
        ({"C": np.inf}, 0.0, ""),
        ({"C": 0.5, "l1_ratio": 0.25, "solver": "saga"}, 1.5, "l1_ratio=0.25"),
        ({"l1_ratio": 1, "solver": "saga"}, 0.0, 'penalty="l1"'),
        ({"class_weight": "balanced"}, 1.0, "class_weight"),
        ({"solver": "liblinear"}, 1.0, 'the bias in the penalty of solver="liblinear"'),
        ({"solver": "liblinear", "fit_intercept": False}, 1.0, ""),
    ],
)
def test_what_is_not_read_of_a_logistic_regression_is_told(settings, l2, told):
    y = WORDS == "cat"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(max_iter=10, **settings).fit(X, y)
    network = bpstep.network(model, X, y)
    assert network.l2 == l2
    line = f"these settings of LogisticRegression are not supported: {told}"
    assert network.warnings == ((line,) if told else ())


def test_the_penalty_of_an_older_version_has_a_name():
    model = LogisticRegression().fit(X, WORDS)
    for penalty, l2 in ((None, 0.0), ("l1", 0.0), ("l2", 1.0)):
        model.penalty = penalty
        assert bpstep.network(model, X, WORDS).l2 == l2


def test_several_classes_for_a_sample_learn_what_the_estimator_learns():
    y = np.stack([WORDS == "cat", WORDS != "dog"], axis=1)
    model = begun(MLPClassifier((4,), solver="sgd", momentum=0.0, max_iter=1, random_state=1), y)
    session = Session(bpstep.network(model, X, y))
    _, wanted = learned(model, y, 3)
    session.goto("i3")
    for name, weights in zip(("W", "V"), wanted):
        np.testing.assert_allclose(session.frame.tensors[name], weights, rtol=0, atol=1e-12)


def test_another_optimizer_has_constants_of_its_own():
    model = begun(MLPClassifier((4,), max_iter=1, random_state=1), WORDS)
    made = bpstep.network(model, X, WORDS, optimizer="momentum", momentum=0.5)
    assert (made.optimizer, made.optimizer_options) == ("momentum", {"momentum": 0.5})


def test_samples_to_test_on_have_the_classes_of_the_estimator():
    model = begun(MLPClassifier((4,), max_iter=1, random_state=1), WORDS)
    made = bpstep.network(model, X, WORDS, test_inputs=X[:2], test_labels=["fish", "cat"])
    assert made.held_out.labels.tolist() == [[0, 0, 1], [1, 0, 0]]


def test_of_a_pipeline_the_last_step_is_to_be_given():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, WORDS)
    with pytest.raises(
        bpstep.BpstepError, match=r"give its last step, and .* model\[-1\], model\[:-1\].transform\(X\)"
    ):
        bpstep.network(model, X, WORDS)
    assert bpstep.network(model[-1], model[:-1].transform(X), WORDS).sizes == (3, 3)


def test_of_a_search_the_model_that_it_has_found_is_to_be_given():
    model = GridSearchCV(LogisticRegression(), {"C": [0.5]}, cv=2).fit(X, WORDS)
    with pytest.raises(bpstep.BpstepError, match=r"a GridSearchCV is not known; .* model\.best_estimator_"):
        bpstep.network(model, X, WORDS)
    assert bpstep.network(model.best_estimator_, X, WORDS).l2 == 2.0


def test_an_estimator_that_has_not_learned_is_refused():
    with pytest.raises(bpstep.BpstepError, match="MLPClassifier has no weights yet; call fit"):
        bpstep.network(MLPClassifier(), X, WORDS)


@pytest.mark.parametrize("kind", [LinearRegression, LogisticRegressionCV])
def test_an_estimator_that_is_not_known_is_refused_by_its_type(kind):
    with pytest.raises(
        bpstep.BpstepError, match=f"of type {kind.__name__} is not known; .* MLPRegressor or Log"
    ):
        bpstep.network(kind(), X, NUMBERS)


def test_settings_that_are_not_read_are_told():
    model = begun(
        MLPClassifier(
            (2,), solver="sgd", max_iter=1, early_stopping=True, learning_rate="adaptive", batch_size=4
        ),
        np.repeat(["a", "b"], 6),
    )
    (told,) = bpstep.network(model, X, np.repeat(["a", "b"], 6)).warnings
    assert told == (
        "these settings of MLPClassifier are not supported: "
        'early_stopping=True, learning_rate="adaptive", shuffle=True'
    )


def test_each_answer_of_the_manual_is_as_printed():
    (block,) = (block for block in blocks(page("library"), "python") if framework(block) == "sklearn")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert not wrong_answers(block)
