"""notify: letters to people, and what became of each."""
