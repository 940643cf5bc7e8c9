"""The launchers of jaxw2v. Hydra takes launchers from the namespace package hydra_plugins only."""
