"""The model: a child process that holds it, or the office's own server, behind one interface."""
