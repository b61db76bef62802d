"""What `discover.filesystem` stands on: byte ranges, a volume and its files as libtsk reads them, ext inode flags."""
