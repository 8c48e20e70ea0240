"""What the scripts that train models of tags and sentiment share."""
