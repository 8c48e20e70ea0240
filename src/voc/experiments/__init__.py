"""Controlled experiments: reading an A/B test with tea-tasting (extra `experiments`)."""
