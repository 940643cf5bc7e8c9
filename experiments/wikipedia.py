"""`jaxw2v wikipedia`, from a checkout: python -m experiments.wikipedia."""

import sys

from jaxw2v.commands.wikipedia import main

if __name__ == "__main__":
    sys.exit(main())
