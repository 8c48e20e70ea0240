"""The vault: values that a policy encrypts, each sealed under its person's key, to be opened only on approval."""
