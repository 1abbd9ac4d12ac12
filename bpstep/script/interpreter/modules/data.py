"""Allow lists of scikit-learn, SciPy and pandas: data sets, their preparation and a few functions.

They are used if they are installed, which a script that imports them needs anyway. Each draws from the run's
own random generator.
"""

from __future__ import annotations

import importlib
import inspect
import io
import operator
import os
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from bpstep.script import messages
from bpstep.script.interpreter.code import Namespace
from bpstep.script.interpreter.methods import METHODS, READABLE, SETTABLE, attributes_of
from bpstep.script.interpreter.protocols import Library
from bpstep.script.interpreter.values import Builtin, Module, Passive
from bpstep.script.limits import MAX_WORK, Budget, check_cells, check_items, check_shape, check_work
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

_Run = Callable[..., Any]

LOADERS = "load_iris load_digits load_wine load_breast_cancer load_diabetes load_linnerud"
_MAKERS = (
    "make_moons make_circles make_classification make_blobs make_regression make_gaussian_quantiles"
    " make_s_curve"
    " make_swiss_roll make_friedman1"
)
SCALERS = (
    "StandardScaler MinMaxScaler OneHotEncoder LabelEncoder LabelBinarizer Normalizer"
    " PolynomialFeatures RobustScaler"
)
METRICS = (
    "accuracy_score mean_squared_error mean_absolute_error r2_score confusion_matrix log_loss precision_score"
    " recall_score f1_score classification_report roc_auc_score roc_curve auc root_mean_squared_error"
    " mean_absolute_percentage_error"
)
ESTIMATORS = (
    "LogisticRegression LogisticRegressionCV LinearRegression Ridge Lasso Perceptron SGDClassifier"
    " SGDRegressor"
)
FOLDS = "KFold StratifiedKFold ShuffleSplit StratifiedShuffleSplit"
ESTIMATOR_METHODS = (
    "fit predict predict_proba score transform fit_transform inverse_transform get_feature_names_out"
)
ESTIMATOR_RESULTS = (
    "mean_ scale_ var_ min_ data_min_ data_max_ data_range_ classes_ categories_"
    " n_features_in_ coef_ intercept_ components_ explained_variance_"
    " explained_variance_ratio_ singular_values_"
)


def installed(name: str) -> Any:
    """The real module. ModuleNotFoundError if it is not installed, as for the script itself."""
    with Budget.uncounted():
        return importlib.import_module(name)


def _functions(real: Any, names: str, wrap: Callable[[str, _Run], _Run] = lambda name, run: run) -> Namespace:
    return {name: Builtin(name, wrap(name, run)) for name, run in attributes_of(real, names).items()}


class Bunch(dict[str, Any]):
    """The result of loading a data set: its parts as items and as attributes."""


METHODS[Bunch] = METHODS[dict]
READABLE[Bunch] = frozenset(
    ["data", "target", "target_names", "feature_names", "DESCR", "images", "frame", "filename", "data_module"]
)
for _name in READABLE[Bunch]:
    setattr(Bunch, _name, property(operator.itemgetter(_name)))


def _drawing(interpreter: Library) -> Callable[[str, _Run], _Run]:
    randomness = interpreter.randomness

    def wrap(name: str, real: _Run) -> _Run:
        def run(*args: Any, **kwargs: Any) -> Any:
            for value in (*args, *kwargs.values()):
                if isinstance(value, int):
                    check_items(abs(value) if name in _MAKERS else 0)
            if kwargs.get("random_state") is None:
                randomness.drawn("np.random")
                kwargs["random_state"] = randomness.numpy
            return real(*args, **kwargs)

        return run

    return wrap


def _loading(name: str, real: _Run) -> _Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)
        return Bunch(found) if isinstance(found, dict) else found

    return run


def _datasets(interpreter: Library) -> Module:
    real = installed("sklearn.datasets")
    names = _functions(real, LOADERS, _loading) | _functions(real, _MAKERS, _drawing(interpreter))
    fetched = [name for name in dir(real) if name.startswith("fetch_")]
    refusals = {name: fill(messages.DOWNLOADS, name=f"sklearn.datasets.{name}") for name in fetched}
    return Module("sklearn.datasets", names, refusals)


def _estimators(real: Any, names: str, interpreter: Library) -> Namespace:
    found: Namespace = {}
    for name in names.split():
        kind = getattr(real, name, None)
        if kind is None:
            continue
        METHODS[kind] = attributes_of(kind, ESTIMATOR_METHODS)
        METHODS[kind]["fit"] = _fitting(kind)
        READABLE[kind] = frozenset(ESTIMATOR_RESULTS.split())
        found[name] = Builtin(name, _with_own_randomness(kind, interpreter))
    return found


def _allow_sparse() -> None:
    """The results of encoders are sparse unless a script asks for arrays."""
    sparse = installed("scipy.sparse")

    def dense(name: str) -> _Run:
        def run(table: Any) -> Any:
            check_shape(table.shape)
            return getattr(table, name)()

        return run

    for kind in sparse.csr_matrix, sparse.csr_array:
        METHODS[kind] = {name: dense(name) for name in ("toarray", "todense")}
        READABLE[kind] = frozenset({"shape", "ndim", "dtype", "nnz"})


MAX_FITTED = 10**9
"""The most numbers that an estimator takes in all its iterations: some ten seconds."""


def _fitting(kind: Any) -> _Run:
    def fit(estimator: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
        times = getattr(estimator, "max_iter", None) or 1
        check_work(times * np.size(data) * (MAX_WORK / MAX_FITTED))
        return kind.fit(estimator, data, *args, **kwargs)

    return fit


def _with_own_randomness(kind: Any, interpreter: Library) -> _Run:
    """The class itself; one that may draw draws from the run's generator where the script gives it none."""
    drawing = inspect.signature(kind).parameters.get("random_state")
    if drawing is None:
        return kind  # type: ignore[no-any-return]

    def make(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("random_state", drawing.default) is None:
            kwargs["random_state"] = interpreter.randomness.numpy
        return kind(*args, **kwargs)

    return make


def _sklearn(name: str) -> Callable[[Library], Module]:
    def make(interpreter: Library) -> Module:
        full = f"sklearn.{name}"
        real = installed(full)
        draws = _drawing(interpreter)
        names: Namespace = {}
        if name == "model_selection":
            names = _functions(real, "train_test_split", draws) | _folds(real, interpreter)
        elif name == "preprocessing":
            names = _estimators(real, SCALERS, interpreter)
            _allow_sparse()
            names |= _functions(real, "normalize scale minmax_scale label_binarize")
        elif name == "metrics":
            names = _functions(real, METRICS)
        elif name == "utils":
            names = _functions(real, "shuffle", draws)
        elif name == "linear_model":
            names = _estimators(real, ESTIMATORS, interpreter)
        elif name == "decomposition":
            names = _estimators(real, "PCA", interpreter)
        elif name == "metrics.pairwise":
            names = _functions(real, "cosine_similarity euclidean_distances rbf_kernel")
        return Module(full, names)

    return make


def _folds(real: Any, interpreter: Library) -> Namespace:
    """The classes that divide samples into parts for cross-validation."""
    randomness = interpreter.randomness

    def making(kind: type) -> _Run:
        def make(*args: Any, **kwargs: Any) -> Any:
            shuffles = kwargs.get("shuffle") or kind.__name__.endswith("ShuffleSplit")
            if shuffles and kwargs.get("random_state") is None:
                randomness.drawn("np.random")
                kwargs["random_state"] = randomness.numpy
            return kind(*args, **kwargs)

        return make

    def split(folds: Any, *args: Any, **kwargs: Any) -> Any:
        check_items(folds.get_n_splits() * np.size(args[0]))
        # A list's iterator can be copied, so that a pass of a loop over it can run again; a generator can't.
        return iter(list(folds.split(*args, **kwargs)))

    kinds = {name: getattr(real, name) for name in FOLDS.split()}
    for kind in kinds.values():
        METHODS[kind] = {"split": split, "get_n_splits": kind.get_n_splits}
    return {name: Builtin(name, making(kind)) for name, kind in kinds.items()}


PARTS = (
    "model_selection",
    "preprocessing",
    "metrics",
    "metrics.pairwise",
    "utils",
    "linear_model",
    "decomposition",
)


def _whole_sklearn(interpreter: Library) -> Module:
    installed("sklearn")
    return Module("sklearn", {})


# SciPy


def _scipy(name: str, names: str) -> Callable[[Library], Module]:
    def make(interpreter: Library) -> Module:
        real = installed(f"scipy.{name}")
        wrap = {"signal": _convolving, "linalg": _solving}.get(name, _as_it_is)
        return Module(f"scipy.{name}", _functions(real, names, wrap))

    return make


def _as_it_is(name: str, real: _Run) -> _Run:
    return real


def _solving(name: str, real: _Run) -> _Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        check_work(max((np.size(each) for each in args), default=0) ** 1.5)
        return real(*args, **kwargs)

    return run


def _convolving(name: str, real: _Run) -> _Run:
    def run(a: Any, b: Any, *args: Any, **kwargs: Any) -> Any:
        check_work(np.size(a) * np.size(b))
        check_cells((np.size(a) ** 0.5 + np.size(b) ** 0.5) ** 2)
        return real(a, b, *args, **kwargs)

    return run


def _scipy_io(interpreter: Library) -> Module:
    def loadmat(name: Any, *args: Any, **kwargs: Any) -> Any:
        path = str(name) if os.path.splitext(str(name))[1] else f"{name}.mat"
        return installed("scipy.io").loadmat(io.BytesIO(interpreter.files.content(path)))

    return Module(
        "scipy.io",
        {"loadmat": Builtin("loadmat", loadmat), "savemat": interpreter.passive("scipy.io.savemat")},
    )


class Distribution(Passive):
    """A distribution of `scipy.stats`, such as `truncnorm`: called, it gives one with fixed parameters."""

    def __init__(self, real: Any) -> None:
        super().__init__(real.name, lambda name: None)
        self.real = real

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.real(*args, **kwargs)


DISTRIBUTIONS = "norm truncnorm uniform expon laplace logistic gamma beta t"
OF_DISTRIBUTIONS = "pdf logpdf cdf logcdf ppf sf mean std var median entropy interval"


def _scipy_stats(interpreter: Library) -> Module:
    real = installed("scipy.stats")
    randomness = interpreter.randomness

    def rvs(distribution: Any, *args: Any, **kwargs: Any) -> Any:
        check_cells(int(np.prod(kwargs.get("size", args[-1] if args else 1))))
        if kwargs.get("random_state") is None:
            randomness.drawn("np.random")
            kwargs["random_state"] = randomness.numpy
        return distribution.rvs(*args, **kwargs)

    def of_distribution(name: str) -> _Run:
        return lambda distribution, *args, **kwargs: getattr(distribution.real, name)(*args, **kwargs)

    methods = OF_DISTRIBUTIONS.split()
    frozen = type(real.norm())
    METHODS[frozen] = {name: getattr(frozen, name) for name in methods} | {"rvs": rvs}
    METHODS[Distribution] = {name: of_distribution(name) for name in methods}
    METHODS[Distribution]["rvs"] = lambda distribution, *args, **kwargs: rvs(
        distribution.real, *args, **kwargs
    )
    names = _functions(real, "mode zscore entropy pearsonr spearmanr linregress sem skew kurtosis")
    return Module(
        "scipy.stats", names | {name: Distribution(getattr(real, name)) for name in DISTRIBUTIONS.split()}
    )


def _scipy_optimize(interpreter: Library) -> Module:
    installed("scipy.optimize")
    names = "minimize minimize_scalar fmin fmin_cg fmin_bfgs fmin_l_bfgs_b fmin_tnc curve_fit least_squares"
    return Module(
        "scipy.optimize",
        {},
        {name: fill(messages.OPTIMIZER, name=f"scipy.optimize.{name}") for name in names.split()},
    )


def _whole_scipy(interpreter: Library) -> Module:
    installed("scipy")
    return Module("scipy", {})


# pandas

FRAME = (
    "abs all any apply applymap astype clip copy corr count cummax cumsum describe diff drop"
    " drop_duplicates dropna"
    " fillna groupby head idxmax idxmin isin isna isnull items iterrows itertuples max mean median"
    " melt merge min"
    " nlargest notna notnull nunique pct_change pivot_table quantile rename replace reset_index round"
    " set_index shift"
    " skew sort_index sort_values squeeze std sum tail to_dict to_list to_numpy tolist transpose unique"
    " value_counts"
    " var map argmax argmin factorize get keys assign insert pop ravel where mask between select_dtypes join"
    " reindex sub add mul div size ffill bfill dot prod mode cov rank cumprod cummin duplicated nsmallest"
    " add_prefix add_suffix agg aggregate autocorr combine_first convert_dtypes corrwith divide droplevel eq"
    " equals ewm expanding filter first_valid_index floordiv ge gt infer_objects interpolate isetitem item"
    " kurt last_valid_index le lt mod multiply ne pow product radd rdiv rename_axis rolling rsub rtruediv"
    " searchsorted sem set_axis subtract take to_frame to_records transform truediv truncate update xs"
)
FRAME_READABLE = (
    "T at columns dtype dtypes empty iat iloc index loc name ndim shape size str values cat codes dt"
)
TEXT_COLUMN = (
    "argsort astype copy dropna duplicated factorize fillna isin isna item map max min ravel reshape sort"
    " take to_numpy tolist transpose unique value_counts"
)
"""Methods of a column that is not an array of NumPy's: of texts."""

FRAME_SETTABLE = "columns index name"
TEXTS = "contains lower upper replace split strip extract len get startswith endswith"


def _pandas(interpreter: Library) -> Module:
    pandas = installed("pandas")
    _allow_frames(pandas, interpreter)

    def read_csv(name: Any, *args: Any, **kwargs: Any) -> Any:
        files = interpreter.files
        if isinstance(name, str) and "://" in name:
            raise ScriptRefused(fill(messages.CSV_ADDRESS))
        for key in ("storage_options", "converters", "engine", "compression", "memory_map"):
            kwargs.pop(key, None)
        if not isinstance(name, io.TextIOBase | io.BytesIO):
            data = files.content(name)
            name = io.BytesIO(data)
            if data[:2] == b"PK" and zipfile.is_zipfile(name):
                raise ScriptRefused(fill(messages.CSV_ARCHIVE))
        return pandas.read_csv(name, *args, **kwargs)

    names: Namespace = {"read_csv": Builtin("read_csv", read_csv)}
    names |= {"read_table": Builtin("read_table", lambda name, **kw: read_csv(name, **{"sep": "\t", **kw}))}
    names |= _functions(
        pandas,
        "concat get_dummies to_numeric isnull isna notnull unique factorize cut qcut merge Categorical",
    )
    names |= {
        "set_option": interpreter.passive("pandas.set_option"),
        "options": interpreter.passive("pandas.options"),
    }
    names |= {"DataFrame": pandas.DataFrame, "Series": pandas.Series, "__version__": pandas.__version__}
    interpreter.constructors.setdefault(pandas.DataFrame, pandas.DataFrame)
    interpreter.constructors.setdefault(pandas.Series, pandas.Series)
    readers = [name for name in dir(pandas) if name.startswith("read_") and name not in names]
    return Module("pandas", names, {name: fill(messages.PANDAS, name=f"pandas.{name}") for name in readers})


def _allow_frames(pandas: Any, interpreter: Library) -> None:
    kinds = (pandas.DataFrame, pandas.Series, pandas.Index, pandas.RangeIndex, pandas.Categorical)
    draws = _drawing(interpreter)
    for kind in kinds:
        METHODS[kind] = {
            name: getattr(kind, name) for name in FRAME.split() if callable(getattr(kind, name, None))
        }
        if hasattr(kind, "sample"):
            METHODS[kind]["sample"] = draws("sample", kind.sample)
        if hasattr(kind, "info"):
            METHODS[kind]["info"] = _printing(interpreter, kind.info)
        for name in ("to_csv", "plot", "hist", "boxplot", "to_excel"):
            METHODS[kind][name] = interpreter.passive(f"pandas.{name}")
        READABLE[kind] = frozenset(FRAME_READABLE.split())
        SETTABLE[kind] = frozenset(name for name in FRAME_SETTABLE.split() if hasattr(kind, name))
    array = type(pandas.Series(["a"]).array)
    METHODS[array] = attributes_of(array, TEXT_COLUMN)
    READABLE[array] = frozenset(["T", "dtype", "ndim", "shape", "size"])
    texts = type(pandas.Series(["a"]).str)
    METHODS[texts] = attributes_of(texts, TEXTS)
    column = pandas.DataFrame({"a": [1]})
    windows = column.rolling(1), column["a"].rolling(1), column.ewm(1), column["a"].ewm(1), column.expanding()
    for kind in map(type, (column.groupby("a"), *windows)):
        METHODS[kind] = attributes_of(kind, OF_GROUPS)


OF_GROUPS = "mean sum count max min median std var size first"


def _printing(interpreter: Library, method: _Run) -> _Run:
    def run(frame: Any, *args: Any, **kwargs: Any) -> Any:
        return method(frame, *args, **{"buf": interpreter.output, **kwargs})

    return run


DATA_MODULES: dict[str, Callable[[Library], Any]] = {
    "sklearn": _whole_sklearn,
    "sklearn.datasets": _datasets,
    **{f"sklearn.{name}": _sklearn(name) for name in PARTS},
    "scipy": _whole_scipy,
    "scipy.special": _scipy(
        "special",
        "expit softmax log_softmax logsumexp log_expit xlogy erf erfc logit gamma gammaln comb kl_div"
        " rel_entr entr",
    ),
    "scipy.linalg": _scipy("linalg", "inv solve det norm cholesky qr svd eigh pinv lstsq solve_triangular"),
    "scipy.stats": _scipy_stats,
    "scipy.optimize": _scipy_optimize,
    "scipy.signal": _scipy("signal", "convolve2d correlate2d convolve correlate fftconvolve"),
    "scipy.io": _scipy_io,
    "pandas": _pandas,
}
