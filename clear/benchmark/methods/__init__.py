"""Running one method once, whatever happens to it, and checking what it wrote."""
