"""Plain HTTP: what is asked, what came, and how that is shown."""
