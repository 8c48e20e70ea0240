"""Wires the rooms into steps: what a pipeline file, or one command, makes of its inputs."""
