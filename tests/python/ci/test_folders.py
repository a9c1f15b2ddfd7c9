"""What runs leave in the checkout."""

from __future__ import annotations

import os
from pathlib import Path

from outreach_hub.ci.slim import KEPT_FOLDERS, keep_newest


def test_the_newest_folders_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT_FOLDERS + 2):
        folder = tmp_path / f"pr_{number}"
        (folder / "target").mkdir(parents=True)
        os.utime(folder, (number, number))
    keep_newest(tmp_path)
    assert sorted(int(folder.name[3:]) for folder in tmp_path.iterdir()) == list(
        range(2, KEPT_FOLDERS + 2)
    )
