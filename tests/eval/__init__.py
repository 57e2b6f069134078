"""Evaluations that need real weights: ``make eval MODEL=path.gguf``."""
