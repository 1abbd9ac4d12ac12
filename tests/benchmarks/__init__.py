"""How fast bpstep is beside its peers: `python -m tests.benchmarks`."""
