"""Media time: pace, epochs, lane, slots, pictures; on clocks of their own, without sleeping."""
