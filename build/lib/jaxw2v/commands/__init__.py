"""What each command does: parse, call, print. `jaxw2v NAME` and, in a checkout, `python -m experiments.NAME`."""
