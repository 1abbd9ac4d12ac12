import sys, os
import numpy as np
import warnings

warnings.filterwarnings("ignore")
np.set_printoptions(precision=3, suppress=True)
np.seterr(over="raise", divide="ignore")
sys.path.append(os.path.join(os.path.dirname(__file__), "."))
from helpers_here import sigmoid

W = np.random.RandomState(1).rand(3, 3) * 1e-5 + 1
print(W, np.pi * np.ones(2))
try:
    np.exp(np.array([1000.0]))
    print("no error")
except FloatingPointError as e:
    print("stopped:", e)
with np.errstate(over="ignore"):
    print(np.exp(np.array([1000.0])), np.array([1.0]) / 0)
with np.printoptions(precision=1):
    print(np.array([1.23456]))
print(np.array([1.23456]), np.array2string(W[0], precision=2), sigmoid(0))
sys.stdout.write("written\n")
for v in (1, 2):
    W -= v * W.mean(axis=0)
print(W)
if W.sum() > 1e9:
    sys.exit("never")
