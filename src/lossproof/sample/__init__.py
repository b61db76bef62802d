"""A made-up stick with the right answers beside it: people, files, truth, and a FAT32 image."""
