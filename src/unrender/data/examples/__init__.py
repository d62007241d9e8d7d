"""Example folders: `screenshot.png`, `structure.json` and `layout.json` per page, in our own form or the nested one."""
