"""The command line: `cxr --help`."""
