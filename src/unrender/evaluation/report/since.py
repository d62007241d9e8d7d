"""The scores of the last commit, for comparison.

They come from git and not from a dependency of the stage: a file that the pipeline itself rewrites cannot also be
one of its inputs. So the page depends on the commit it was made on, and three things keep that harmless: nothing
reads the page, so nothing runs again because of it; no commit id or date is on it, so equal scores before and now give
equal bytes; and without git, or before the first commit, the section says so instead of failing.
"""

import json
import subprocess
from pathlib import Path


def committed(path: Path) -> dict | None:
    """The JSON that HEAD holds at `path`, relative to this folder; None if there is none to be had."""
    try:
        done = subprocess.run(["git", "show", f"HEAD:./{path.as_posix()}"], capture_output=True, check=False)
    except FileNotFoundError:  # no git on this machine
        return None
    return json.loads(done.stdout) if done.returncode == 0 else None
