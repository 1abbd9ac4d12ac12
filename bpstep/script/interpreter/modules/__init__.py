"""The modules that a script can import: what each of them offers, with every name allowed one by one."""
