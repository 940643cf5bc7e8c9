"""`jaxw2v neighbors`, from a checkout: python -m experiments.neighbors."""

import sys

from jaxw2v.commands.neighbors import main

if __name__ == "__main__":
    sys.exit(main())
