"""How well people's own words are understood, on labelled replies; and the training of the classifier."""
