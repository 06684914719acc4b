"""Config files, read strictly as YAML 1.2, and within bounds: whatever stands in them ends soon."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from hypertrial.errors import ConfigError

MOST_BYTES = 2**20
MOST_VALUES = 20_000
"""How many values and keys a config may hold, those that aliases repeat counted each time."""
MOST_LEVELS = 50


class BoundedComposer(Composer):
    """Refuses what is too much while it is read, before aliases and merges are followed."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False
        self._sizes: dict[int, int] = {}
        self._read = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Read the next value, and count what it holds."""
        is_alias = self.parser.check_event(AliasEvent)
        node = super().compose_node(parent, index)
        if is_alias and id(node) not in self._sizes:
            raise ValueError("circular reference: an alias stands inside its own anchor")
        if not is_alias:
            self._read += 1
            self._sizes[id(node)] = 1 + sum(self._sizes[id(each)] for each in _inside(node))
        if max(self._read, self._sizes[id(node)]) > MOST_VALUES:
            problem = f"holds more than {MOST_VALUES} values, those that aliases repeat included"
            raise ComposerError(None, None, problem, node.start_mark)
        return node


def _inside(node: Any) -> list[Any]:
    if not isinstance(node.value, list):
        return []
    return [each for item in node.value for each in (item if isinstance(item, tuple) else (item,))]


def parse(text: str) -> Any:
    """Return what a YAML text holds.

    Raises
    ------
    YAMLError, ValueError, RecursionError
        If it is no YAML, or too much of it.
    """
    reader = YAML(typ="safe", pure=True)
    reader.Composer = BoundedComposer
    reader.max_depth = MOST_LEVELS
    return reader.load(text)


def read(path: Path) -> dict[str, Any]:
    """Read a YAML 1.2 mapping: ``1e-3`` is a number, ``no`` a text, a repeated key an error.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not such a mapping, or asks for code to be run.
    """
    content = _parse_file(path)
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: must be a mapping of keys, such as 'datasets:'")
    if "__use_yte__" in content:
        raise ConfigError(f"{path}: __use_yte__: is refused, as a config must not run code")
    return content


def _parse_file(path: Path) -> Any:
    try:
        return parse(_text(path))
    except OSError as error:
        raise ConfigError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start + 1} is not UTF-8") from None
    except MaxDepthExceededError as error:
        raise ConfigError(
            f"{_at(path, error)}: is nested deeper than {MOST_LEVELS} levels"
        ) from None
    except MarkedYAMLError as error:
        raise ConfigError(f"{_at(path, error)}: {error.problem or error.context}") from None
    except RecursionError:
        raise ConfigError(f"{path}: is nested too deeply") from None
    except (YAMLError, ValueError) as error:
        problem = " ".join(str(error).split()).lower()
        if "integer string conversion" in problem:  # Python's own bound
            problem = "holds an integer of very many digits"
        raise ConfigError(f"{path}: {problem}") from None


def _text(path: Path) -> str:
    """Return a file's text; of what has no end, such as a device, nothing is read."""
    if path.exists() and not path.is_dir() and not path.is_file():
        raise ConfigError(f"{path}: is no regular file")
    with open(path, "rb") as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise ConfigError(
            f"{path}: is larger than {MOST_BYTES // 2**20} MB, too large for a config"
        )
    return content.decode("utf-8")


def _at(path: Path, error: MarkedYAMLError) -> str:
    return f"{path}: line {error.problem_mark.line + 1 if error.problem_mark else 1}"
