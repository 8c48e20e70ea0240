"""What moved complaint rate or churn between two periods: `counts` prepares, `files` reads and writes."""
