"""How well the recognisers find: labelled cases from a seed, and their scores."""
