"""`jaxw2v evaluate`, from a checkout: python -m experiments.evaluate."""

import sys

from jaxw2v.commands.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
