"""Each name that the manual lists for scripts gives in a script the bits that NumPy and Python give."""

import re

import numpy as np
import pytest
from documents import listed_names, numpy_has
from run_by_python import comparable

from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.source import parse_source

BEFORE = """\
import math
import numpy as np
A = np.array([[0.5, -0.25, 0.75], [0.125, 0.3, -0.6]])
B = A + 2.5
S = np.array([[2.0, 1.0, 0.5], [1.0, 3.0, 1.5], [0.5, 1.5, 4.0]])
v = np.array([0.5, -2.0, 3.0, 0.5])
u = np.array([1.0, 0.25, -1.5, 2.0])
I = np.array([[3, 5, 6], [1, 0, 2]])
J = np.array([[1, 2, 1], [3, 1, 2]])
i = np.array([2, 0, 1])
m = np.array([[True, False, True], [False, False, True]])
P = np.arange(8, dtype=np.uint8)
class Made:
    size = 3
    def double(self): return 2 * self.size
made = Made()
def square(x): return x * x
"""

NUMPY = {
    "str(np.{}[1:3])": "index_exp s_",
    "np.{}": "__version__ e euler_gamma inf little_endian nan newaxis pi",
    "np.{}(A)": """
        abs absolute acos all amax amin angle any arccos arcsin arcsinh arctan arctanh argmax argmin
        argsort argwhere around array array2string array_repr array_str asanyarray asarray
        asarray_chkfinite ascontiguousarray asfortranarray asin asinh asmatrix atan atanh atleast_1d
        atleast_2d atleast_3d average cbrt ceil conj conjugate copy corrcoef cos cosh count_nonzero cov
        cumprod cumsum deg2rad degrees diag diagflat diagonal diff ediff1d exp exp2 expm1 fabs fix
        flatnonzero flip fliplr flipud floor frexp gradient histogram histogram_bin_edges i0 imag
        iscomplex iscomplexobj isfinite isinf isnan isneginf isposinf isreal isrealobj isscalar matrix
        matrix_transpose max mean median min modf nan_to_num nanargmax nanargmin nancumprod nancumsum
        nanmax nanmean nanmedian nanmin nanprod nanstd nansum nanvar ndim negative nonzero ones_like
        permute_dims positive prod ptp rad2deg radians ravel real real_if_close rint rot90 round shape
        sign signbit sin sinc sinh size sort sort_complex spacing square squeeze std sum tan tanh trace
        transpose tril tril_indices_from triu triu_indices_from trunc unique unique_values unwrap var
        zeros_like""",
    "str(np.{}(A))": "min_scalar_type",
    "np.{}(B)": "acosh arccosh log log10 log1p log2 reciprocal sqrt",
    "np.{}(A, B)": """
        add allclose append arctan2 array_equal array_equiv atan2 broadcast_arrays copysign divide divmod
        equal float_power floor_divide fmax fmin fmod greater greater_equal heaviside hypot inner
        intersect1d isclose isin kron less less_equal logaddexp logaddexp2 logical_and logical_or
        logical_xor maximum may_share_memory minimum mod multiply nextafter not_equal outer pow power
        remainder setdiff1d setxor1d shares_memory subtract true_divide union1d vdot vecdot""",
    "np.{}(I, J)": """
        bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor gcd lcm ldexp left_shift
        right_shift""",
    "np.{}(I)": "bitwise_count bitwise_invert bitwise_not invert logical_not",
    "np.{}(P)": "packbits unpackbits",
    "np.{}(A, S)": "dot matmul vecmat",
    "np.{}(S, i)": "cross matvec",
    "np.{}(v, u)": "convolve correlate histogram2d polyadd polymul polysub polyval searchsorted",
    "np.{}(v)": "poly polyder polyint roots trim_zeros vander",
    "np.{}([A, A])": "block column_stack concat concatenate dstack hstack row_stack stack vstack",
    "np.{}(A, 2)": "repeat tile array_split",
    "np.{}(A, 1)": "argpartition expand_dims partition roll rollaxis",
    "np.{}(A, (3, 2))": "reshape resize",
    "np.{}(5)": "arange bartlett blackman eye hamming hanning identity tri",
    "np.{}((2, 3))": "indices ones zeros",
    "np.{}((2, 3)).shape": "empty ndarray",
    "np.{}(A).shape": "empty_like",
    "np.{}(1, 3)": "base_repr binary_repr linspace logspace geomspace",
    "np.{}((2, 3), 0.5)": "full",
    "np.{}(A, 0.5)": "full_like nanpercentile nanquantile percentile quantile",
    "np.{}(3)": """
        bool bool_ byte cdouble complex128 complex64 csingle double float16 float32 float64 half int16
        int32 int64 int8 int_ intc intp long longlong short single str_ ubyte uint uint16 uint32 uint64
        uint8 uintc uintp ulong ulonglong ushort""",
    # The bytes of these have gaps with any contents.
    "repr(np.{}(3))": "clongdouble float128 longdouble",
    "np.issubdtype(np.float32, np.{})": """
        character complexfloating flexible floating generic inexact integer number object_ signedinteger
        unsignedinteger void""",
    "np.{}[0:3, 0:2]": "mgrid ogrid",
    "np.{}[v, u]": "c_ r_",
    "np.{}(3, 1)": "tril_indices triu_indices",
    "(np.{}(), 0)[1]": "getbufsize geterr get_printoptions seterr set_printoptions printoptions",
    "(np.{}('out', A), 1)[1]": "save savetxt savez savez_compressed",
    "np.{}('numbers.txt')": "genfromtxt loadtxt",
}
"""Names of `np` by an example that many of them share."""

OTHER_NUMPY = """
np.finfo(float).eps, np.finfo(np.float32).max, np.finfo("float16").tiny
np.iinfo(np.int8).min, np.iinfo(int).max
np.apply_along_axis(np.sum, 0, A)
np.apply_over_axes(np.sum, A, [0, 1])
np.astype(A, np.float32)
np.bincount([1, 1, 3], [0.1, 0.2, 0.3])
np.broadcast_shapes((2, 1), (1, 3))
np.broadcast_to(v, (2, 4))
np.bytes_(b"ab")
np.can_cast(np.float32, np.float64)
np.choose([0, 1, 0], [i, 2 * i])
np.clip(A, -0.2, 0.5)
str(np.common_type(A, np.float32(1)))
np.compress([True, False], A, axis=0)
(np.copyto(C := A.copy(), 2.0, where=m), C)
np.delete(A, 1, axis=1)
np.diag_indices(3)
np.diag_indices_from(S)
np.digitize(v, [0.0, 1.0])
np.dsplit(np.arange(8.0).reshape(2, 2, 2), 2)
np.dtype("float32").itemsize
np.errstate(all="ignore") is not None
np.einsum("ij,kj->ik", A, S)
np.extract(m, A)
(np.fill_diagonal(C := S.copy(), 9.0), C)
isinstance(A.flat, np.flatiter)
np.format_float_positional(0.1 + 0.2, 5)
np.format_float_scientific(0.1 + 0.2, 5)
np.frombuffer(b"abcdefgh", dtype=np.uint8)
np.fromfile("numbers.bin")
np.fromfunction(lambda a, b: a + 2 * b, (2, 3))
np.fromiter((k * 0.1 for k in range(4)), float)
np.frompyfunc(square, 1, 1)(i)
np.fromstring("1.5 2.5", sep=" ")
np.histogramdd(S, bins=2)
np.hsplit(np.arange(8.0).reshape(2, 4), 2)
np.insert(v, 1, 1.5)
np.interp([0.5, 1.5], [0.0, 1.0, 2.0], [3.0, 4.0, 8.0])
np.is_busday("2024-01-05")
np.linalg.norm(A)
np.random.rand(0)
np.issubdtype(np.int8, np.integer)
np.isnat(np.array("NaT", dtype="datetime64"))
np.ix_([0, 1], [2, 0])
np.kaiser(5, 2.0)
np.lexsort((v, u))
np.load("array.npy")
np.meshgrid(v, u)
np.moveaxis(A, 0, 1)
[place for place, _ in np.ndenumerate(A)]
list(np.ndindex(2, 3))
[float(x) for x in np.nditer(A)]
[[float(y) for y in inner] for inner in [np.nested_iters(A, [[0], [1]])[1]]][0][:1]
np.pad(A, 1)
np.piecewise(v, [v < 0, v >= 0], [-1, 1])
(np.place(C := A.copy(), m, [7.0, 8.0]), C)
np.poly1d(v)(2.0)
np.polyfit([0.0, 1.0, 2.0], [1.0, 2.0, 5.0], 1)
str(np.promote_types(np.float32, np.int8))
(np.put(C := A.copy(), [0, 2], [7.0, 8.0]), C)
(np.put_along_axis(C := A.copy(), i[None], 9.0, 1), C)
(np.putmask(C := A.copy(), m, 9.0), C)
np.ravel_multi_index((1, 2), (2, 3))
str(np.result_type(A, np.float32))
np.select([A < 0, A > 0.4], [A, 2 * A])
np.split(v, 2)
np.swapaxes(A, 0, 1)
np.take(A, i)
np.take_along_axis(A, i[None], 1)
np.tensordot(A, S, 1)
np.trapezoid(v)
np.unravel_index(4, (2, 3))
np.vectorize(square)(A)
np.vsplit(A, 2)
np.where(m, A, 0)
"""


RANDOM = {
    "{}()": "gumbel logistic normal rand randn standard_cauchy tomaxint get_state",
    "{}(3)": """
        bytes chisquare choice exponential gamma pareto permutation poisson power random random_sample ranf
        rayleigh sample spawn standard_exponential standard_gamma standard_normal standard_t weibull zipf""",
    "{}(2, 3)": """
        beta f integers randint random_integers uniform vonmises wald noncentral_chisquare""",
    "{}(3, 0.5)": "binomial laplace lognormal negative_binomial",
    "{}(3)[2].random(2)": "spawn",
    "{}(0.5)": "geometric logseries",
    "{}(4, 5, 3)": "hypergeometric",
    "{}(0.1, 0.5, 0.9)": "triangular",
    "{}([1.0, 2.0])": "dirichlet",
    "{}(5, [0.25, 0.75])": "multinomial",
    "{}(v[:2], np.eye(2))": "multivariate_normal",
    "{}(A)": "permuted",
    "{}(C := A.copy()), C": "shuffle",
    "{}(4), np.random.rand(2)": "seed",
    "{}(np.random.get_state()), np.random.rand(2)": "set_state",
}
"""Drawing methods of `np.random` and of generators."""

DRAWING_FROM = {
    np.random: "np.random",
    np.random.RandomState: "np.random.RandomState(3)",
    np.random.Generator: "np.random.default_rng(3)",
}

MAKING = """
np.random.default_rng(4).random(2)
np.random.Generator(np.random.PCG64(4)).random(2)
np.random.Generator(np.random.MT19937(4)).random(2)
np.random.RandomState(4).rand(2)
np.random.default_rng(np.random.SeedSequence(4)).random(2)
"""

LINALG = {
    "np.linalg.{}(S)": """
        cholesky cond det eig eigh eigvals eigvalsh inv matrix_rank norm pinv qr slogdet svd""",
    "np.linalg.{}(S, i)": "solve",
    "np.linalg.{}(S, i, rcond=None)": "lstsq",
    "np.linalg.{}(S, 3)": "matrix_power",
    "np.linalg.{}([A, S, S])": "multi_dot",
    "issubclass(np.linalg.{}, ValueError)": "LinAlgError",
}

METHODS = {
    "A.{}": "T imag itemsize mT nbytes ndim real shape size strides",
    "A.flags.writeable": "flags",
    "A.dtype.str": "dtype",
    "list(A.{})": "flat",
    "A.{}()": """
        all any argmax argmin argsort byteswap conj conjugate copy cumprod cumsum diagonal flatten max
        mean min nonzero prod ravel round squeeze std sum tobytes tolist trace transpose var""",
    "A.{}(1)": "argpartition item repeat take",
    "A.{}(np.float32)": "astype view",
    "A.{}(-0.2, 0.5)": "clip",
    "A.{}(S)": "dot",
    "A.{}(3, 2)": "reshape",
    "A.{}(0, 1)": "swapaxes",
    "i.{}([v[:3], u[:3], A[0]])": "choose",
    "v.{}([True, False, True, True])": "compress",
    "np.sort(v).{}(u)": "searchsorted",
    "(C := A.copy()).{}(2.5), C": "fill",
    "(C := A.copy()).{}(1), C": "partition",
    "(C := A.copy()).{}([0, 2], [7.0, 8.0]), C": "put",
    "(C := A.copy()).{}((3, 2), refcheck=False), C": "resize",
    "(C := A.copy()).{}(write=False), C.flags.writeable": "setflags",
    "(C := A.copy()).{}(), C": "sort",
}

BUILTINS = {
    "{}": "__debug__",
    "{}([3, 1, 2])": "all any bytes frozenset len list max min set sorted sum tuple",
    "list({}([3, 1, 2]))": "bytearray enumerate iter reversed",
    "{}(-3)": "abs bin bool complex float hash hex int oct repr str",
}

OTHER_BUILTINS = """
ascii("é")
callable(square)
chr(65)
classmethod(square) is not None
(setattr(made, "extra", 5), delattr(made, "extra"), hasattr(made, "extra"))
dict(a=1, b=2.5)
"double" in dir(made)
divmod(-7, 3)
list(filter(None, [0, 1, 2]))
format(0.1 + 0.2, ".3e")
getattr(made, "size")
globals()["v"]
hasattr(made, "missing")
id(A) == id(A)
isinstance(made, Made)
issubclass(Made, object)
locals()["u"]
list(map(square, [1, 2]))
next(iter([4, 5]))
object() is not None
open("numbers.txt").read()
ord("A")
pow(3, -2)
print("printed", A)
property(square) is not None
list(range(1, 9, 3))
round(2.675, 2)
setattr(made, "size", 7)
u[slice(1, 3)]
staticmethod(square)(3)
super(Made, made) is not None
type(0.5).__name__
vars(made)
list(zip([1, 2], "ab"))
"""

NOT_PYTHON = {"display", "get_ipython"}
"""Names of notebooks."""

ENDING = {"exit", "quit", "input"}
"""Names whose call ends a script, or is refused."""


def shared(table):
    """The names of a table of examples, each with its example."""
    return {name: example.format(name) for example, names in table.items() for name in names.split()}


def single(lines):
    """Examples that name one function or method each, by that name."""
    return lines.split("\n")[1:-1]


def examples(place):
    """An example of the use of each listed name, by the name."""
    listed = [name for name in listed_names(place) if numpy_has(place, name)]
    if place == "random":
        drawing = shared(RANDOM)
        found = {
            name: [line for line in single(MAKING) if re.search(rf"\b{name}\(", line)] for name in listed
        }
        for name in drawing.keys() & found.keys():
            for holder, made in DRAWING_FROM.items():
                if hasattr(holder, name):
                    found[name].append(f"(np.random.seed(3), {made}.{drawing[name]})[1:]")
        return found
    tables = {"numpy": (NUMPY, OTHER_NUMPY), "linalg": (LINALG, "\n"), "methods": (METHODS, "\n")}
    together, apart = tables.get(place, (BUILTINS, OTHER_BUILTINS))
    found = {name: [line] for name, line in shared(together).items() if name in listed}
    pattern = r"\bnp\.{}\b" if place == "numpy" else r"\b{}\b"
    for name in listed:
        if name not in found:
            found[name] = [line for line in single(apart) if re.search(pattern.format(re.escape(name)), line)]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with data files."""
    folder = tmp_path_factory.mktemp("names")
    folder.joinpath("numbers.txt").write_text("1.5 2.5\n3.5 4.5\n")
    np.save(folder / "array.npy", np.arange(6.0).reshape(2, 3))
    np.arange(4.0).tofile(folder / "numbers.bin")
    return folder


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", ["numpy", "random", "linalg", "methods", "builtins"])
def test_each_listed_name_gives_the_bits_of_numpy_and_python(place, folder, monkeypatch):
    monkeypatch.chdir(folder)
    found = examples(place)
    assert [name for name, lines in found.items() if not lines and name not in NOT_PYTHON | ENDING] == []
    lines = {f"r_{at}": line for at, line in enumerate(line for lines in found.values() for line in lines)}
    text = BEFORE + "".join(f"{name} = {line}\n" for name, line in lines.items())
    script = Interpreter(parse_source(folder / "script.py", text), Limits(60.0))
    script.run()
    by_python = {}
    with np.errstate(all="ignore"):
        exec(compile(text, "script.py", "exec"), by_python)
    different = [
        line
        for name, line in lines.items()
        if comparable(script.namespace[name]) != comparable(by_python[name])
    ]
    assert different == []
