"""A worker's output goes over to a successor: what is decided, said and kept. The live runs are in `live`."""
