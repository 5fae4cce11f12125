"""Where films are: on a disk that every machine reaches, or at a URL that `fsspec` can open."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from cxr.film import FilmError, FilmErrorCode
from cxr.film.limits import check_file_size

AT_ONCE = 8
"""Files that a task fetches concurrently: it waits for the network, not the processor."""
LISTS_NO_FOLDERS = ("http", "https")
NOT_REACHED = (
    "There is no readable file here. Check the path or the URL, and that every machine of the cluster may "
    "read it."
)
NO_PROTOCOL = (
    "URLs of this kind cannot be read. Check how it begins, and install the package that fsspec needs for it "
    "(s3fs, gcsfs, adlfs, aiohttp) on every machine of the cluster."
)
LOCAL = "file://"


class PlaceError(Exception):
    """The package that a kind of URL needs is not installed; which one."""


def is_url(place: str) -> bool:
    """Tell a URL from a path."""
    return "://" in place


def path_or_url(place: str) -> str:
    """Reduce the URL of a local file to its path, so that a file has one name."""
    return place.removeprefix(LOCAL) if "::" not in place else place


def listed(lines: Iterable[str]) -> list[str]:
    """Read paths and URLs from a list, one per line, without blank lines."""
    return [place for line in lines if (place := line.strip())]


def files_at(url: str) -> list[str]:
    """The URL of a file itself; of a folder, every file below it in order, except hidden ones.

    A URL that cannot be examined is returned as it is: fetching it reports why.

    Raises
    ------
    PlaceError
        Where the package for such URLs is not installed, so that no file could be fetched.
    """
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(url)
        if url.partition("://")[0] in LISTS_NO_FOLDERS or not filesystem.isdir(path):
            return [url]
        below = [file for file in filesystem.find(path) if not _hidden(file[len(path) :])]
    except ImportError:
        raise PlaceError(package_for(url)) from None
    except Exception:  # each file system raises its own
        return [url]
    return sorted(filesystem.unstrip_protocol(file) for file in below)


def package_for(url: str) -> str:
    """Name the package that a URL needs, in fsspec's words."""
    from fsspec.registry import known_implementations

    protocol = url.partition("://")[0]
    known = known_implementations.get(protocol, {}).get("err", f"fsspec needs a package for {protocol}")
    return f"URLs that begin with {protocol}:// cannot be read here. {known}."


def fetch_all(files: Sequence[str]) -> list[bytes | FilmError]:
    """Fetch files concurrently: the bytes of each, or why there are none."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(_fetched, files))


def _fetched(file: str) -> bytes | FilmError:
    import fsspec

    try:
        filesystem, path = fsspec.core.url_to_fs(file)
        about = filesystem.info(path)
        # Reading a named pipe would never end.
        if about["type"] != "file":
            return FilmError(FilmErrorCode.NOT_FOUND, NOT_REACHED)
        if about.get("size") is not None:
            check_file_size(about["size"])
        content: bytes = filesystem.cat_file(path)
        check_file_size(len(content))
    except FilmError as error:
        return error
    except (ImportError, ValueError):
        return FilmError(FilmErrorCode.NOT_FOUND, NO_PROTOCOL)
    except Exception:  # each file system raises its own, and their texts hold the URL
        return FilmError(FilmErrorCode.NOT_FOUND, NOT_REACHED)
    return content


def _hidden(below: str) -> bool:
    return any(part.startswith(".") for part in below.split("/"))
