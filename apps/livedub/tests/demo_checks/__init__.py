"""What the demo's self-check measures, and how it judges."""
