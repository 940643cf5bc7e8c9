"""`jaxw2v train`, from a checkout: python -m experiments.train."""

import sys

from jaxw2v.commands.train import main

if __name__ == "__main__":
    sys.exit(main())
