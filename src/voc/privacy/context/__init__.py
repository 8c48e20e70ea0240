"""What the findings of a text tell about the rest of it: lists, repeated names, bounds, a closer look."""
