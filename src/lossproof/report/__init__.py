"""Values drawn for people: the terminal screen and the self-contained HTML page. Import the module you need."""
