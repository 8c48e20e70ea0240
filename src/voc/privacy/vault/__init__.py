"""The vault: values that a policy encrypts, each sealed under its person's key."""
