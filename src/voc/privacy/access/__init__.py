"""Who sees what: roles and their views, requests, approvals, and the opening of sealed values."""
