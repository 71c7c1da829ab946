"""Nouns and facts of the trade. Pure: no clock, no files, no database."""
