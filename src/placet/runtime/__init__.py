"""What a node holds in memory: context, published settings, caches, retry and the live feed."""
