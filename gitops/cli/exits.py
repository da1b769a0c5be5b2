"""Exit codes that scripts can rely on."""

DONE = 0
REFUSED = 1
WRONG_USAGE = 2
DIFFERENT = 3
INTERRUPTED = 130
