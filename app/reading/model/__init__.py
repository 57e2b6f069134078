"""The model as a reader: what it is asked about a document, and what its answer claims."""
