"""`jaxw2v phrases`, from a checkout: python -m experiments.phrases."""

import sys

from jaxw2v.commands.phrases import main

if __name__ == "__main__":
    sys.exit(main())
