"""Where the capabilities meet: inspect a medium, discover what is on it, and say what that means."""
