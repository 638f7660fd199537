"""What methods are judged on, one task a module."""
