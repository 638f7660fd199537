"""Which setting of a preset does what: presets taken apart, one switch at a time."""
