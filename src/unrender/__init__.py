"""Read, write and design user interfaces with networks that people can trust."""
