"""What is measured, one family a module."""
