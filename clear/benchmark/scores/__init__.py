"""From run folders and the truth to one tidy table. Only this stage reads labels."""
