"""`jaxw2v report`, from a checkout: python -m experiments.report."""

import sys

from jaxw2v.commands.report import main

if __name__ == "__main__":
    sys.exit(main())
