"""Mapping files: what each trading partner does in its own way, as frozen values."""
