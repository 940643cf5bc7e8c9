"""`jaxw2v explore`, from a checkout: python -m experiments.explore."""

import sys

from jaxw2v.commands.explore import main

if __name__ == "__main__":
    sys.exit(main())
