"""A grid over settings, run one by one, and what came out ahead."""
