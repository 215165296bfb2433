"""The TC string of IAB Europe's TCF: codec, validity and vendor permissions."""
