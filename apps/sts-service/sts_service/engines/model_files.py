"""Where models lie on this machine, and how one gets here from the hub."""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from sts_service.engines.errors import NotHere
from sts_service.engines.native import tell_nobody
from sts_service.engines.settings import EngineSettings


def needs_package(module: str, extra: str) -> None:
    """Raises `NotHere` where the library is not installed; does not import it."""
    if find_spec(module) is None:
        raise NotHere(f"{module} is not installed: pip install 'sts-service[{extra}]'")


def folders(settings: EngineSettings) -> list[Path]:
    """The models' folders in `MODEL_PATH`, by name."""
    root = Path(settings.model_path or "")
    if settings.model_path is None or not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if path.is_dir())


def in_folder(settings: EngineSettings, names: Iterable[str], files: Sequence[str]) -> Path | None:
    """The first of the named folders in `MODEL_PATH`; raises `NotHere` where it lacks one of the files."""
    root = Path(settings.model_path or "")
    if settings.model_path is None:
        return None
    found = next((root / name for name in names if (root / name).is_dir()), None)
    if found is None:
        return None
    missing = [name for name in files if not (found / name).is_file()]
    if missing:
        raise NotHere(f"the model in {found} is incomplete: {', '.join(missing)} missing")
    return found


def in_cache(repo: str, files: Sequence[str]) -> Path | None:
    """The hub's snapshot on this disk, where it is whole. No network."""
    if find_spec("huggingface_hub") is None:
        return None
    # The hub's package takes a fifth of a second to import, so only who looks into its cache pays.
    from huggingface_hub import try_to_load_from_cache

    paths = [try_to_load_from_cache(repo, name) for name in files]
    if not all(isinstance(path, str) and Path(path).is_file() for path in paths):
        return None
    return Path(str(paths[0])).parent


def fetch(repo: str, patterns: Sequence[str]) -> Path:
    """From the hub into its cache, with a progress bar on standard error; nothing is fetched twice."""
    tell_nobody()
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repo, allow_patterns=list(patterns)))
    except Exception as error:
        raise NotHere(f"cannot fetch {repo} from the hub ({type(error).__name__})") from error
