"""The office's own server as an engine: the only pages that ever leave this computer."""
