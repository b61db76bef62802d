"""What Linux offers to lock a process in, called without any library: Landlock and seccomp."""
