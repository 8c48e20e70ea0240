"""Models of a user's own, and the floor that they are held against."""
