"""The traces that a real worker and real speech services export, as a collector of our own gets them."""
