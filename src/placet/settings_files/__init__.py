"""Settings as code: an organisation written as YAML, read with line numbers and written back."""
