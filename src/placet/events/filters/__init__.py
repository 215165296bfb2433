"""Destination filters: lexer, parser, compiler, printer and their JSON form."""
