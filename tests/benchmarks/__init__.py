"""How fast bpstep is beside its peers: `python -m tests.benchmarks`."""

import sys
from pathlib import Path

# What tests share is imported as pytest has it: from the folder of the tests.
sys.path.insert(0, str(Path(__file__).parents[1]))
