"""Results of runs: statistics, tables, figures and the report. numpy, scipy, statsmodels, matplotlib; no jax."""
