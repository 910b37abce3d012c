"""What a token costs: a dated book of rates, the rate of a key, and exact arithmetic. Pure: no I/O, no clock."""
