"""`jaxw2v convergence`, from a checkout: python -m experiments.convergence."""

import sys

from jaxw2v.commands.convergence import main

if __name__ == "__main__":
    sys.exit(main())
