"""The mParticle dialect: event batches, identity requests, SDK configuration."""
