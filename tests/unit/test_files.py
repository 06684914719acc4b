"""Files are written beside their name, and no link that stands there is followed."""

import os
import socket
from pathlib import Path

import numpy as np
import pytest

from hypertrial import files


def own_part(path: Path) -> Path:
    """Return the name under which this process writes a file before it is whole."""
    return Path(f"{path}.{socket.gethostname()}.{os.getpid()}{files.PART}")


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    target = tmp_path / "elsewhere" / "precious.txt"
    target.parent.mkdir()
    target.write_text("precious", "utf-8")
    return target


def publish(path: Path) -> None:
    files.stage(path, b"new")
    files.publish([path])


def publish_and_keep(path: Path) -> None:
    files.stage(path, b"new")
    files.publish([path], keep=True)


def publish_and_keep_without_links(path: Path) -> None:
    files.stage(path, b"new")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "hardlink_to", lambda *_: refuse())
        files.publish([path], keep=True)


def refuse() -> None:
    raise OSError("no links here")


def write_array(path: Path) -> None:
    files.write_npz(path, {"values": np.arange(3)})


def write_log(path: Path) -> None:
    with files.create(path) as stream:
        stream.write(b"new")


WRITERS = [
    lambda path: files.write(path, "new"),
    publish,
    publish_and_keep,
    publish_and_keep_without_links,
    write_array,
    write_log,
]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("dangling", [False, True])
def test_a_planted_link_is_not_followed(tmp_path, precious, write, dangling):
    path = tmp_path / "results" / "scores.json"
    path.parent.mkdir()
    aim = precious.with_name("missing.txt") if dangling else precious
    for planted in (path, own_part(path), Path(f"{path}{files.PART}")):
        planted.symlink_to(aim)
    write(path)
    assert precious.read_text("utf-8") == "precious"
    assert list(precious.parent.iterdir()) == [precious]
    assert path.is_file()
    assert not path.is_symlink()


def test_what_a_killed_process_left_under_the_same_name_is_written_over(tmp_path):
    path = tmp_path / "table.csv"
    own_part(path).write_text("a longer text that was cut off", "utf-8")
    files.write(path, "short")
    assert path.read_text("utf-8") == "short"
    assert list(tmp_path.iterdir()) == [path]
