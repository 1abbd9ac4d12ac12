# Printing and leaving.
import numpy as np
def tried(run, *words, **named):
    try:
        return run(*words, **named)
    except Exception as error:
        return type(error).__name__

import sys
print("a", 1, None, sep="-", end="!\n")
print(*[1, 2], sep="\n")
print()
print("x", file=sys.stdout, flush=True)
sys.stdout.write("written\n")
class Own:
    def __init__(self): self.kept = []
    def write(self, text): self.kept.append(text)
own = Own()
print("to", "own", file=own)
print(1, file=own, end="")
print(own.kept)
if __name__ == "__main__": print("main")
print([1.0, "a", None, True, (1,), {"k": [2]}], {1: 2}, set(), range(3), 1e-5, 100000.0, 1e22)
