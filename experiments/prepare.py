"""`jaxw2v prepare`, from a checkout: python -m experiments.prepare."""

import sys

from jaxw2v.commands.prepare import main

if __name__ == "__main__":
    sys.exit(main())
