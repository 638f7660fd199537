"""Files inside tar and zip archives, opened safely."""
