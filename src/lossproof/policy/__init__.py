"""Rules and dated tables that turn what was seen into verdicts. Pure: no I/O, no clock, the standard library alone."""
