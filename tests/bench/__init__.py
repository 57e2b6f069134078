"""Measurements, not tests: a timing on a shared machine proves nothing by itself."""
