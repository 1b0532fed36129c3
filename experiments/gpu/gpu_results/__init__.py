"""What came back from a GPU machine, read and made into pages, curves and figures."""
