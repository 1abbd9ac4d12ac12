"""What a person reads about files that cannot be read, as templates with named slots."""

from __future__ import annotations

CANNOT_READ = "it cannot be read"
NOT_UTF8 = "the text is not UTF-8"
NUL_IN_NAME = "a file name cannot hold a NUL character"
IS_A_DIRECTORY = "expected a file, got a directory"
NOT_A_PLAIN_FILE = "expected a plain file, got a device or a pipe"
FILE_TOO_LARGE = "the file has {size:,} bytes; at most {limit:,} are read"
