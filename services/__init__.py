"""The services of the platform: each owns its data and is reached only over the bus."""
