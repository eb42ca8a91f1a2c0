"""From the source's packets to slots, fragments and what is heard."""
