"""What to write in place of NumPy's and PyTorch's functions that the language lacks.

In an expression `x` is the argument or the object of a method, `y` and `t` are further arrays, and the
numbers are examples. Only errors use this.
"""

from __future__ import annotations

FOR_FUNCTIONS = {
    "absolute": "abs(x)",
    "acosh": "log(x + sqrt(x**2 - 1))",
    "add": "x + y",
    "amax": "max(x)",
    "amin": "min(x)",
    "append": "concatenate([x, y], axis=0)",
    "arccos": "3.141592653589793 / 2 - arctan(x / sqrt(1 - x**2))",
    "arccosh": "log(x + sqrt(x**2 - 1))",
    "arcsin": "arctan(x / sqrt(1 - x**2))",
    "arcsinh": "log(x + sqrt(x**2 + 1))",
    "arctanh": "log((1 + x) / (1 - x)) / 2",
    "asin": "arctan(x / sqrt(1 - x**2))",
    "asinh": "log(x + sqrt(x**2 + 1))",
    "atan": "arctan(x)",
    "atanh": "log((1 + x) / (1 - x)) / 2",
    "atleast_2d": "x[None, :]",
    "average": "mean(x)",
    "binary_cross_entropy": "-mean(t * log(x) + (1 - t) * log(1 - x))",
    "binary_cross_entropy_with_logits": "mean(softplus(x) - t * x)",
    "bmm": "x @ y",
    "broadcast_to": "x + zeros((3, 3))",
    "c_": "concatenate([x, y], axis=1)",
    "cat": "concatenate([x, y], axis=1)",
    "cbrt": "sign(x) * abs(x)**(1/3)",
    "ceil": "-floor(-x)",
    "chunk": "x[:, 0:2]",
    "clamp": "clip(x, 0, 1)",
    "column_stack": "concatenate([x, y], axis=1)",
    "concat": "concatenate([x, y], axis=1)",
    "conv1d": "windows(x, 3, axis=1) @ y",
    "conv2d": "windows(x, (3, 3), axis=(1, 2)).reshape(…) @ y",
    "cosine_similarity": "sum(x * y, axis=1) / sqrt(sum(x**2, axis=1) * sum(y**2, axis=1))",
    "cross_entropy": "-mean(sum(t * log(softmax(x)), axis=1))",
    "cumsum": "where(arange(3)[:, None] >= arange(3), 1, 0) @ x",
    "diag": "sum(x * one_hot(arange(3), 3), axis=1)",
    "diagonal": "sum(x * one_hot(arange(3), 3), axis=1)",
    "divide": "x / y",
    "dropout": "x * where(uniform(7, t, arange(3)) < 0.5, 0, 2)",
    "embedding": "y[x]",
    "exp2": "2**x",
    "expand": "x + zeros((3, 3))",
    "expand_dims": "x[:, None]",
    "expit": "sigmoid(x)",
    "eye": "one_hot(arange(3), 3)",
    "flatten": "x.reshape(-1)",
    "flip": "x[::-1]",
    "full": "2 * ones((3, 3))",
    "full_like": "2 * ones_like(x)",
    "gather": "x[arange(3), y]",
    "heaviside": "step(x)",
    "hardtanh": "clip(x, -1, 1)",
    "hstack": "concatenate([x, y], axis=1)",
    "huber_loss": "mean(where(abs(x - t) < 1, (x - t)**2 / 2, abs(x - t) - 1/2))",
    "hypot": "sqrt(x**2 + y**2)",
    "inner": "sum(x * y)",
    "l1_loss": "mean(abs(x - t))",
    "layer_norm": "(x - mean(x, axis=-1, keepdims=True)) / std(x, axis=-1, keepdims=True)",
    "len": "size(x, 0)",
    "linear": "x @ y",
    "ln": "log(x)",
    "log10": "log(x) / log(10)",
    "log2": "log(x) / log(2)",
    "log_sigmoid": "-softplus(-x)",
    "log_softmax": "log(softmax(x))",
    "logaddexp": "log(exp(x) + exp(y))",
    "logistic": "sigmoid(x)",
    "logsigmoid": "-softplus(-x)",
    "logsumexp": "log(sum(exp(x), axis=1))",
    "masked_fill": "where(y == 0, -1e9, x)",
    "max_pool1d": "max(x.reshape(…), axis=2)",
    "max_pool2d": "max(x.reshape(…), axis=(2, 4))",
    "mish": "x * tanh(softplus(x))",
    "mm": "x @ y",
    "mod": "x - y * floor(x / y)",
    "mse": "mean((x - t)**2)",
    "mse_loss": "mean((x - t)**2)",
    "mul": "x * y",
    "multiply": "x * y",
    "mv": "x @ y",
    "negative": "-x",
    "nll_loss": "-mean(x[arange(3), y])",
    "norm": "sqrt(sum(x**2))",
    "normalize": "x / sqrt(sum(x**2, axis=1, keepdims=True))",
    "permute": "transpose(x, (1, 0))",
    "pow": "x**y",
    "reshape": "x.reshape(3, 1)",
    "r_": "concatenate([x, y], axis=0)",
    "rand": "uniform(7, t, arange(3))",
    "prod": "x[:, 0] * x[:, 1] * …",
    "ravel": "x.reshape(-1)",
    "reciprocal": "1 / x",
    "reduce_max": "max(x)",
    "reduce_mean": "mean(x)",
    "reduce_sum": "sum(x)",
    "relu6": "clip(x, 0, 6)",
    "remainder": "x - y * floor(x / y)",
    "roll": "concatenate([x[-1:], x[:-1]])",
    "round": "floor(x + 0.5)",
    "rsqrt": "1 / sqrt(x)",
    "scaled_dot_product_attention": "softmax(x @ y.T / sqrt(4)) @ t",
    "selu": "1.0507 * where(x > 0, x, 1.67326 * expm1(x))",
    "softsign": "x / (1 + abs(x))",
    "split": "x[:, 0:2]",
    "squeeze": "x[:, 0]",
    "sub": "x - y",
    "subtract": "x - y",
    "swish": "silu(x)",
    "take": "x[y]",
    "tan": "sin(x) / cos(x)",
    "tensordot": "x @ y",
    "tile": "concatenate([x, x])",
    "trace": "sum(x * one_hot(arange(3), 3))",
    "tril": "where(arange(3)[:, None] >= arange(3), x, 0)",
    "triu": "where(arange(3)[:, None] <= arange(3), x, 0)",
    "true_divide": "x / y",
    "unfold": "windows(x, 3, axis=1)",
    "unsqueeze": "x[:, None]",
    "vdot": "sum(x * y)",
    "view": "x.reshape(…)",
    "vstack": "concatenate([x, y], axis=0)",
}
"""By the name of a function or method."""

_SUMS_ALONG_ROWS = "x @ where(arange(3)[:, None] <= arange(3), 1, 0)"

ALONG: dict[str, dict[int | None, str]] = {
    "cumsum": {1: _SUMS_ALONG_ROWS, -1: _SUMS_ALONG_ROWS},
    "expand_dims": {0: "x[None]"},
    "flip": {1: "x[:, ::-1]"},
    "squeeze": {0: "x[0]", 1: "x[:, 0]", 2: "x[:, :, 0]"},
    "unsqueeze": {0: "x[None]"},
}
"""The same for a function that is taken along an axis, by the axis."""

FOR_METHODS = {"T": "x.T", "dot": "x @ y", "matmul": "x @ y", "mm": "x @ y", "t": "x.T", "transpose": "x.T"}
"""Methods that are written otherwise than by calling the function of their name."""

FOR_MODULES = {
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "CrossEntropyLoss": "cross_entropy",
    "Dropout": "dropout",
    "Embedding": "embedding",
    "Flatten": "flatten",
    "HuberLoss": "huber_loss",
    "L1Loss": "l1_loss",
    "LayerNorm": "layer_norm",
    "Linear": "linear",
    "LogSoftmax": "log_softmax",
    "MSELoss": "mse_loss",
    "NLLLoss": "nll_loss",
}
"""PyTorch's modules that are called like functions: the function that each computes."""

NOT_NEEDED = (
    *("asarray", "ascontiguousarray", "astype", "clone", "contiguous", "copy", "cpu", "cuda", "detach"),
    *("double", "float", "float64", "item", "numpy", "requires_grad_", "stop_gradient", "to", "tolist"),
)
"""What can be left out: numbers are float64, and gradients are derived from the equations."""

ARRAY_MAKERS = (
    *("array", "as_tensor", "normal", "randint", "randn", "random", "standard_normal", "tensor", "Tensor"),
)
"""Functions that make an array from numbers in the text, or from random ones."""

NOT_COMPUTED = (
    *("argsort", "bincount", "cholesky", "convolve", "cross", "cummax", "cumprod", "det", "digamma", "eig"),
    *(
        "eigh",
        "eigvals",
        "erf",
        "erfc",
        "erfinv",
        "fft",
        "gammaln",
        "gradient",
        "histogram",
        "ifft",
        "interp",
    ),
    *("inv", "kron", "lgamma", "lstsq", "median", "meshgrid", "nanmean", "percentile", "pinv", "qr"),
    *("quantile", "searchsorted", "slogdet", "solve", "sort", "svd", "topk", "unique"),
)
"""Functions that no expression of the language can replace."""

FOR_ATTRIBUTES = {"mT": "swapaxes(x, -1, -2)", "shape": "size(x, 0)", "values": "max(x, axis=1)"}
"""By the name of an attribute."""

FOR_CONSTANTS = {"e": "exp(1)", "inf": "1e9", "infty": "1e9", "pi": "3.141592653589793"}
"""By the name of a constant of a module; without the module only if it has more than one letter."""

FOR_ARGUMENTS = {"dim": "axis", "dims": "axis", "keepdim": "keepdims"}
"""By the name of an argument."""

FOR_CHARACTERS = {
    **dict.fromkeys("×·⋅∙", "* or @"),
    **dict.fromkeys("⊙∗", "*"),
    **dict.fromkeys("−–—", "-"),
    **{sign: f"**{power}" for power, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    **{sign: f"_{digit} or {digit}" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    "⁻": "**-",
    "½": "0.5",
    "÷": "/",
    "←": "=",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "σ": "sigmoid(x)",
    "√": "sqrt(x)",
    "Σ": "sum(x)",
    "∑": "sum(x)",
    "ᵀ": ".T",
    "⊤": ".T",
    "∂": "delta_W for ∂E/∂W",
}
"""What to write in place of the signs with which formulas are shown and printed."""
