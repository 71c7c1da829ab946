"""An order management daemon that speaks files."""
