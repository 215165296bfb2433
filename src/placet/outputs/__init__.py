"""Reaches out: each destination a pure shape, one file that opens sockets."""
