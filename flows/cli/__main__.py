"""`python -m flows.cli` is `hub`."""

from flows.cli import main

main()
