"""JWT verification and signing, signatures, sealed secrets and links."""
