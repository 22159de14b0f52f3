"""Each figure beside its limit and beside the way most people would build it, measured in one run."""
