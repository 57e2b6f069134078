"""Paperclerk: turns a pile of papers into tables, on this computer and nowhere else."""
