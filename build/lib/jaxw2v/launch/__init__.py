"""Hydra's side: settings composed, sweeps, jobs, launchers, mistakes, progress. The only wing that knows Hydra."""
