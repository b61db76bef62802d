"""What is erased, after how long, under which rule: a dated schedule over the rows beside the log that can be erased."""
