"""One short script for each thing a person does; the only place that knows Hydra."""
