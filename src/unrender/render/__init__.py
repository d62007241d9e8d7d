"""From HTML to pixels, element boxes and structure maps."""
