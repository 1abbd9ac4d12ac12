# Arguments with their defaults or from a list, paths, and text in memory.
import argparse
import gc
import io
from io import StringIO
from pathlib import Path
import numpy as np
def tried(run, *words):
    try:
        return run(*words)
    except (Exception, SystemExit) as error:
        return type(error).__name__
def positive(text):
    if float(text) <= 0:
        raise argparse.ArgumentTypeError("expected a positive number")
    return float(text)
parser = argparse.ArgumentParser(description="Train", formatter_class=argparse.ArgumentDefaultsHelpFormatter)
parser.add_argument("--rate", type=positive, default="0.5", help="the rate")
parser.add_argument("--epochs", "-e", type=int, default=10)
parser.add_argument("--sizes", nargs="+", type=int, default=[2, 3])
parser.add_argument("--plot", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("names", nargs="*", default=[])
parser.add_argument_group("files").add_argument("--out", type=Path, default="runs/net.npz")
one_of = parser.add_mutually_exclusive_group()
one_of.add_argument("-v", action="count", default=0)
one_of.add_argument("--quiet", action="store_true")
given = parser.parse_args(["--rate", "0.25", "-e", "3", "-e", "4", "--no-plot", "--sizes", "1", "2", "-vv"])
print(given.rate, given.epochs, given.sizes, given.plot, given.v, given.quiet, given.names, sorted(vars(given)))
usual = parser.parse_args([])
print(usual.rate, usual.epochs, usual.sizes, usual.plot, usual.out.name, isinstance(usual.out, Path))
print(parser.get_default("epochs"), tried(parser.exit))
path = Path("runs") / "old" / "net.tar.gz"
print(path.parts, [str(each) for each in path.parents], path.suffixes, path.with_suffix(".npz").as_posix())
print(path.relative_to("runs"), path.is_dir(), Path.cwd() == Path(".").resolve(), path.with_name("x").stem)
table = StringIO("1,2\n3,4\n")
print(np.loadtxt(table, delimiter=","), repr(table.read()), table.seek(2), [line.strip() for line in table])
written = io.StringIO()
print("loss", 0.5, file=written)
written.write("end")
print(repr(written.getvalue()), written.tell(), io.BytesIO(b"bytes").read(2))
gc.collect()
