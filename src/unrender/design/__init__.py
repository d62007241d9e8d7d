"""What a design is: brief, theme, element tree, and every label that follows from them. No torch here."""
