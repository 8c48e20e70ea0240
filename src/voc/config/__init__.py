"""Configuration: pydantic models of pipelines and policies, their loader, and where packed files are."""
