"""What the pages ask of the register's tables: lists by keyset, exact counts, the estate as it was or would be."""
