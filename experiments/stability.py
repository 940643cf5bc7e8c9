"""`jaxw2v stability`, from a checkout: python -m experiments.stability."""

import sys

from jaxw2v.commands.stability import main

if __name__ == "__main__":
    sys.exit(main())
