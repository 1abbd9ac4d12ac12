"""The commands, a module each: `run(options)` gives the exit status."""
