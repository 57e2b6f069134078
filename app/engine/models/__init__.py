"""The models on this computer: what is offered, fetched, imported, kept and in use."""
