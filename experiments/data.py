"""`jaxw2v data`, from a checkout: python -m experiments.data."""

import sys

from jaxw2v.commands.data import main

if __name__ == "__main__":
    sys.exit(main())
